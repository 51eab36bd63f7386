import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { CertispikeError, codeOf, type ErrorCode, reasonOf } from '../error.js';
import type { Files } from './files.js';

/** Files of Node. */
export const nodeFiles: Files = {
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      throw fileError(path, error);
    }
  },

  async write(path, bytes) {
    try {
      const present = await stat(path).catch(ignoreMissing);
      if (present?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
      // A device or a pipe must not be replaced by a file.
      if (present !== undefined && !present.isFile()) return await writeSynced(path, bytes);
      // A link stays a link.
      const target = present === undefined ? path : await realpath(path);
      const partial = `${target}.partial`;
      try {
        await writeSynced(partial, bytes);
        await rename(partial, target);
      } catch (error) {
        await rm(partial, { force: true }).catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw fileError(path, error);
    }
  },
};

/** The bytes are on the disk when it resolves. */
async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync().catch(ignoreUnsyncable);
  } finally {
    await file.close();
  }
}

/** Pipes and devices cannot be synced. */
function ignoreUnsyncable(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP') throw error;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

const failures: Readonly<Record<string, readonly [code: ErrorCode, words: string]>> = {
  ENOENT: ['file-not-found', 'expected it (and the folders on the way) to exist, got nothing'],
  EISDIR: ['is-a-folder', 'expected a file, got a folder'],
  ENOTDIR: ['not-a-folder', 'expected a folder on the way, got a file'],
  EACCES: ['permission-denied', 'expected access, got permission denied'],
  EPERM: ['permission-denied', 'expected access, got permission denied'],
  EROFS: ['permission-denied', 'expected a writable file system, got a read-only one'],
  ENOSPC: ['disk-full', 'expected space on the disk, got none left'],
  EDQUOT: ['disk-full', 'expected space in the quota, got none left'],
};

function fileError(path: string, error: unknown): CertispikeError {
  const [code, words] = failures[codeOf(error) ?? ''] ?? ['file-error', reasonOf(error)];
  return new CertispikeError(code, `path ${path}: ${words}`, { cause: error });
}
