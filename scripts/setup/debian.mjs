import { existsSync, readFileSync } from 'node:fs';
import { answer, work } from './command.mjs';
import { SetupFailure } from './failure.mjs';

/** Only Debian's packages are browsers; Ubuntu's of the same names need a running snap service. */
function canInstall() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return process.getuid?.() === 0 && /^ID=debian$/m.test(release) && answer('sh', ['-c', 'command -v apt-get']);
}

/** Path of the first of these programs that is on PATH. */
export function onPath(names) {
  return names.map((name) => answer('sh', ['-c', `command -v ${name}`])).find(Boolean);
}

/**
 * Installs a package of Debian where that is possible, with a word about it.
 * @returns whether it was installed
 */
export async function installed(name, what) {
  if (!canInstall()) return false;
  console.log(`set-up: ${what}, Debian's package (usually 1 minute) ...`);
  try {
    const script = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${name}`;
    await work(name, 'sh', ['-c', script], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    return true;
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    console.log(error.message);
    return false;
  }
}
