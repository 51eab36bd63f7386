import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatasetError } from '../error.js';

/** The user's cache folder for a data set, where the operating system keeps such things. */
export function defaultCache(dataset: string): string {
  const home = homedir();
  if (process.platform === 'win32') {
    return join(process.env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'certispike', 'Cache', dataset);
  }
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'certispike', dataset);
  return join(process.env['XDG_CACHE_HOME'] || join(home, '.cache'), 'certispike', dataset);
}

let serial = 0;

/**
 * Keeps a file that could be made again: whole or not at all, under another name first. A cache that cannot be written to
 * costs time the next time, and is no error.
 */
export async function keep(path: string, bytes: Uint8Array): Promise<void> {
  const written = `${path}.${process.pid}-${(serial += 1)}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(written, bytes);
    await rename(written, path);
  } catch {
    await rm(written, { force: true }).catch(() => undefined);
  }
}

/** @throws DatasetError `cache-unusable`, `disk-full`. */
export async function ensureFolder(folder: string): Promise<void> {
  await guard(folder, () => mkdir(folder, { recursive: true }));
}

/** Runs `work` on a file or folder of the cache and turns what the file system says into a `DatasetError`. */
export async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cacheError(path, cause as NodeJS.ErrnoException);
  }
}

function cacheError(file: string, cause: NodeJS.ErrnoException): DatasetError {
  const field = 'cache';
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') {
    return new DatasetError(
      'disk-full',
      {
        file,
        field,
        expected: 'room for the data set',
        received: 'a full disk',
        remedy: 'Free some space or give another cache folder; what is there already is kept and resumed.',
      },
      cause,
    );
  }
  const received =
    cause.code === 'EEXIST' || cause.code === 'ENOTDIR' ? 'a file where the folder should be' : `error ${cause.code}`;
  return new DatasetError(
    'cache-unusable',
    { file, field, expected: 'a folder that can be written to', received, remedy: 'Give another cache folder.' },
    cause,
  );
}
