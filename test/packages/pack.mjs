import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from '../../scripts/setup/command.mjs';
import { at } from '../../scripts/setup/places.mjs';

/** Packs the packages once for all tests, into a folder of their own. */
export default function pack() {
  const folder = mkdtempSync(join(tmpdir(), 'certispike-packed-'));
  const [command, before] = npm();
  for (const name of ['sdk', 'datasets', 'cli']) {
    const args = [...before, 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
    execFileSync(command, args, { cwd: at('packages', name), stdio: ['ignore', 'ignore', 'inherit'] });
  }
  process.env.CERTISPIKE_PACKED = folder;
}
