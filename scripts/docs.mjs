#!/usr/bin/env node
// `npm run docs`: makes the clone ready and writes the documentation of the packages' calls; arguments go on to typedoc.
import { SetupFailure } from './setup/failure.mjs';
import { at } from './setup/places.mjs';
import { setUp } from './setup/steps.mjs';
import { stream } from './test/stream.mjs';

try {
  await setUp();
  const options = ['--options', at('scripts', 'docs', 'typedoc.json'), ...process.argv.slice(2)];
  const { ok } = await stream(process.execPath, [at('node_modules', 'typedoc', 'bin', 'typedoc'), ...options]);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.log(error instanceof SetupFailure ? error.message : error);
  process.exitCode = 1;
}
