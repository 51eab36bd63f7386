#!/usr/bin/env node
// `npm run bench`: makes the clone ready, then measures; `npm run bench -- --help` lists what it can do.
import { resolve } from 'node:path';
import { parsed } from './bench/arguments.mjs';
import { Mistake, WrongNumber } from './bench/failure.mjs';
import { PeerFailure } from './bench/peers/failure.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { setUp } from './setup/steps.mjs';

try {
  const options = parsed(process.argv.slice(2));
  if (options.setup) await setUp();
  // Only now are the packages there that the rest is made from.
  if (options.profile) await useNamedSdk(options.folder);
  const { bench } = await import('./bench/bench.mjs');
  await bench(options);
} catch (error) {
  if (![Mistake, PeerFailure, WrongNumber, SetupFailure].some((kind) => error instanceof kind)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = error instanceof Mistake || error instanceof PeerFailure ? 2 : 1;
}

/** Lets everything that is imported from here on use a copy of the SDK whose functions have names. */
async function useNamedSdk(folder) {
  const { namedSdk } = await import('./bench/profile/named-core.mjs');
  const { substituteSdk } = await import('./bench/profile/substitute.mjs');
  substituteSdk(namedSdk(resolve(folder, 'named')));
}
