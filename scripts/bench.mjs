#!/usr/bin/env node
// `npm run bench`: makes the clone ready, then measures; `npm run bench -- --help` lists what it can do.
import { parsed } from './bench/arguments.mjs';
import { Mistake, WrongNumber } from './bench/failure.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { setUp } from './setup/steps.mjs';

try {
  const options = parsed(process.argv.slice(2));
  if (options.setup) await setUp();
  // Only now are the packages there that it is made from.
  const { bench } = await import('./bench/bench.mjs');
  await bench(options);
} catch (error) {
  if (![Mistake, WrongNumber, SetupFailure].some((kind) => error instanceof kind)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = error instanceof Mistake ? 2 : 1;
}
