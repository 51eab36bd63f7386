#!/usr/bin/env node
// `npm run demo`: makes the clone ready and serves the page. `npm run demo:build` writes it as a folder of files.
import { spawn } from 'node:child_process';
import { SetupFailure } from './setup/failure.mjs';
import { at, environment } from './setup/places.mjs';
import { setUp } from './setup/steps.mjs';
import { writeImages } from './demo/images.mjs';

const folder = at('packages', 'demo');
const [task = 'serve', ...rest] = process.argv.slice(2);

const tasks = { serve: ['--host', '127.0.0.1'], build: ['build'], preview: ['preview', '--host', '127.0.0.1'] };

async function demo() {
  if (!(task in tasks)) throw new SetupFailure(`There is no "${task}"; there are ${Object.keys(tasks).join(', ')}.`);
  await setUp();
  await writeImages(at('packages', 'demo', 'public', 'data'));
  const vite = at('node_modules', 'vite', 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, ...tasks[task], ...rest], {
    cwd: folder,
    env: environment({ NODE_ENV: task === 'serve' ? 'development' : 'production' }),
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((done) => child.once('close', (code) => done(code ?? 1)));
  if (task === 'build' && process.exitCode === 0)
    console.log('The page is in packages/demo/dist; any web server can serve it.');
}

try {
  await demo();
} catch (error) {
  console.log(error instanceof SetupFailure ? error.message : error);
  process.exitCode = 1;
}
