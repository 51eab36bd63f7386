import { existsSync } from 'node:fs';
import { installed, onPath } from './debian.mjs';

/** Path of a Firefox: the one named in FIREFOX_PATH, else one on PATH, else undefined. */
function findFirefox() {
  const named = process.env.FIREFOX_PATH;
  if (named) return existsSync(named) ? named : undefined;
  return onPath(['firefox-esr', 'firefox']);
}

/** Firefox for the tests of the packages, installed where that is possible; says so where they cannot run. */
export async function ensureFirefox() {
  const found = findFirefox();
  if (found) return found;
  if (await installed('firefox-esr', 'Firefox for the tests of the packages')) return findFirefox();
  console.log('The test in Firefox is NOT RUN: none here. Install it, or name its path in FIREFOX_PATH.');
  return undefined;
}
