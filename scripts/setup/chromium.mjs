import { existsSync } from 'node:fs';
import { installed, onPath } from './debian.mjs';

/** Path of a Chromium: the one named in CHROMIUM_PATH, else one on PATH, else undefined. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return existsSync(named) ? named : undefined;
  return onPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']);
}

/** Chromium for the browser tests, installed where that is possible; says so where they cannot run. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (await installed('chromium', 'Chromium for the browser tests')) return findChromium();
  console.log('The browser tests are NOT RUN: no Chromium here. Install it, or name its path in CHROMIUM_PATH.');
  return undefined;
}
