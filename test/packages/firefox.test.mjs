import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@certispike/sdk';
import { sameBits } from '../sdk/same-bits.mjs';
import { page } from './browser-program.mjs';
import { Project } from './project.mjs';
import { serve } from './site.mjs';

const path = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr'].find((candidate) => candidate && existsSync(candidate));
const inFirefox = path ? test : test.skip;
if (!path) console.warn('NOT RUN: the packages in Firefox (FIREFOX_PATH names none)');

// Debian's Firefox has no driver that playwright knows: the page itself posts what came out.
const program = `
import * as sdk from '/certispike/browser.js';
import { sameBits } from '/same-bits.mjs';
const told = await sameBits(sdk, 2).catch((error) => String(error));
await fetch('/outcome', { method: 'POST', body: JSON.stringify(told) });
`;

inFirefox('Firefox runs the packed SDK with the same bits', async () => {
  const project = new Project();
  const profile = mkdtempSync(join(tmpdir(), 'certispike-firefox-'));
  let site;
  let browser;
  try {
    await project.install('sdk');
    cpSync(project.path('node_modules', '@certispike', 'sdk', 'dist'), project.path('certispike'), { recursive: true });
    project.write('program.js', program);
    project.write('index.html', page('<script type="module" src="/program.js"></script>'));
    site = await serve(project.path());
    const args = ['--headless', '--no-remote', '--profile', profile, site.url];
    browser = spawn(path, args, {
      stdio: 'ignore',
      env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
    });
    const ended = new Promise((_, reject) =>
      browser.once('exit', (code) => reject(new Error(`Firefox ended: ${code}`))),
    );
    expect(JSON.parse(await Promise.race([site.posted, ended]))).toEqual(await sameBits(sdk, 1));
  } finally {
    browser?.removeAllListeners('exit');
    browser?.kill('SIGKILL');
    await site?.close();
    project.remove();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
