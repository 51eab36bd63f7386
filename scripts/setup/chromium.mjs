import { existsSync, readFileSync } from 'node:fs';
import { answer, work } from './command.mjs';
import { SetupFailure } from './failure.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium: the one named in CHROMIUM_PATH, else one on PATH, else undefined. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return existsSync(named) ? named : undefined;
  for (const name of names) {
    const path = answer('sh', ['-c', `command -v ${name}`]);
    if (path) return path;
  }
  return undefined;
}

/** Only Debian's package is a browser; Ubuntu's of the same name needs a running snap service. */
function canInstall() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return process.getuid?.() === 0 && /^ID=debian$/m.test(release) && answer('sh', ['-c', 'command -v apt-get']);
}

/** Chromium for the browser tests, installed where that is possible; says so where they cannot run. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (canInstall()) {
    console.log("set-up: Chromium for the browser tests, Debian's package (usually 1 minute) ...");
    try {
      const script = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium';
      await work('chromium', 'sh', ['-c', script], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
      return findChromium();
    } catch (error) {
      if (!(error instanceof SetupFailure)) throw error;
      console.log(error.message);
    }
  }
  console.log('The browser tests are NOT RUN: no Chromium here. Install it, or name its path in CHROMIUM_PATH.');
  return undefined;
}
