#!/usr/bin/env node
// Makes a clone ready to run. Needs nothing but Node; quick when everything is there.
// `--rebuild` compiles the core and the packages again even if nothing changed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './setup/failure.mjs';
import { tools } from './setup/places.mjs';
import { setUp } from './setup/steps.mjs';

if (process.argv.includes('--rebuild')) rmSync(join(tools, 'stamps'), { recursive: true, force: true });
try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
