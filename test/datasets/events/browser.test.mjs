import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as inNode from '@certispike/datasets';
import { chromium } from 'playwright-core';
import { startSite } from '../../sdk/site.mjs';
import { digests } from './digests.mjs';

const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((candidate) => candidate && existsSync(candidate));
const inChromium = path ? test : test.skip;
if (!path) console.warn('NOT RUN: recordings in a browser (CHROMIUM_PATH names no Chromium; `npm test` sets it)');

const folder = new URL('./fixtures/', import.meta.url);
const names = readdirSync(folder).filter((name) => /\.(dat|raw|aedat4|h5)$/.test(name));

/** What a bundler would find; of what has no part in recordings only the names. */
const imports = {
  flatbuffers: '/node_modules/flatbuffers/mjs/flatbuffers.js',
  fflate: '/node_modules/fflate/esm/browser.js',
  '@tensorflow/tfjs-data': 'data:text/javascript,export const generator = undefined',
  'seedrandom/lib/alea.js': 'data:text/javascript,export default undefined',
};

inChromium('recordings, whole and in chunks, frames and errors are the same in Chromium as in Node', async () => {
  const expected = await digests(inNode, names, async (name) => new Uint8Array(await readFile(new URL(name, folder))));
  expect(expected).toHaveLength(names.length);
  expect(names.length).toBeGreaterThan(8);

  const site = await startSite(false);
  const browser = await chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(site.url);
    const result = await page.evaluate(
      async ({ files, map }) => {
        const script = Object.assign(document.createElement('script'), { type: 'importmap' });
        script.textContent = JSON.stringify({ imports: map });
        document.head.append(script);
        const inBrowser = await import('/packages/datasets/dist/browser.js');
        const own = await import('/test/datasets/events/digests.mjs');
        return own.digests(inBrowser, files, async (name) => {
          const response = await fetch(`/test/datasets/events/fixtures/${name}`);
          return new Uint8Array(await response.arrayBuffer());
        });
      },
      { files: names, map: imports },
    );
    expect(result).toEqual(expected);
  } finally {
    await browser.close();
    await site.close();
  }
});
