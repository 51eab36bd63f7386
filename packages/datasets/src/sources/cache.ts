import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
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
        expected: 'room for the data set (MNIST: 12 MB)',
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
