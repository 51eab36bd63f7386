import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for a test file. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'certispike-sdk-'));
  return { at: (name) => join(path, name), remove: () => rm(path, { recursive: true, force: true }) };
}
