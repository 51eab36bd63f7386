#!/usr/bin/env node
// `npm run release -- 0.2.0`: shows what a release would do. With `--publish` it does it: versions, changelog, commit,
// tag, and the packages to npm.
import { releaseOf } from './release/release.mjs';
import { SetupFailure } from './setup/failure.mjs';

try {
  const [version, ...flags] = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== '--publish');
  if (version === undefined || unknown !== undefined) {
    const got = unknown ?? 'no version';
    throw new SetupFailure(`Expected \`npm run release -- VERSION [--publish]\`, got ${got}.`);
  }
  await releaseOf(version, flags.includes('--publish'));
} catch (error) {
  console.log(error instanceof SetupFailure ? error.message : error);
  process.exitCode = 1;
}
