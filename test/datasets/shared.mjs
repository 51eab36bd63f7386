import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of real files beside the repository; the packages do not need it. */
const folder = process.env.CERTISPIKE_SHARED ?? fileURLToPath(new URL('../../../shared/', import.meta.url));

/** A path in the folder of real files. */
export const shared = (...parts) => join(folder, ...parts);

/** A file from there. */
export const sharedFile = (...parts) => new Uint8Array(readFileSync(shared(...parts)));

/** `describe` where all these paths (below `data`) are there; elsewhere the tests are skipped, which is said. */
export function describeShared(...paths) {
  const missing = paths.filter((path) => !existsSync(shared('data', path)));
  if (missing.length === 0) return describe;
  console.warn(`NOT RUN: tests of the real files ${missing.join(', ')} (not found in ${shared('data')})`);
  return describe.skip;
}
