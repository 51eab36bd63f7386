import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { verifySha256 } from '../parsers/checksum.js';
import { gunzip, isGzip } from '../parsers/gzip.js';
import { defaultCache, ensureFolder, guard } from './cache.js';
import { download } from './download.js';
import { type FileReader, MNIST_FILES, MNIST_MIRRORS, type MnistFile, type TransferProgress } from './mnist-files.js';

/** Where MNIST is downloaded from and to. */
export interface MnistDownloadOptions {
  /** Folder that keeps the files. Default: `certispike/mnist` in the user's cache folder. */
  readonly cache?: string | undefined;
  /** URL, or several to be tried in order, of a folder with the four `.gz` files. Default: `MNIST_MIRRORS`. */
  readonly baseUrl?: string | readonly string[] | undefined;
  /** Stops the download and rejects with the signal's reason; what has come is kept and resumed next time. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  /** Tries in a row without a new byte before the next mirror. Default 3. */
  readonly tries?: number | undefined;
  /** Milliseconds without a byte after which a connection counts as broken. Default 30,000. */
  readonly patience?: number | undefined;
}

/** A compressed file of MNIST has 10 MB at most; a server that sends far more has something else. */
const LARGEST = 2 ** 26;

/**
 * Downloads the four files of MNIST (12 MB) into the cache folder, where they stay gzipped; what is there already and
 * has the right checksum is not fetched again.
 * @returns the folder.
 * @throws DatasetError `download-failed`, `checksum-mismatch`, `cache-unusable`, `disk-full`.
 */
export async function downloadMnist(options: MnistDownloadOptions = {}): Promise<string> {
  const folder = options.cache ?? defaultCache('mnist');
  const reader = downloadReader({ ...options, cache: folder });
  for (const file of MNIST_FILES) await reader(file);
  return folder;
}

/** Reads the files from the cache folder and downloads what is missing or damaged there. */
export function downloadReader(options: MnistDownloadOptions): FileReader {
  const folder = options.cache ?? defaultCache('mnist');
  const mirrors = typeof options.baseUrl === 'string' ? [options.baseUrl] : (options.baseUrl ?? MNIST_MIRRORS);
  return async (file: MnistFile) => {
    options.signal?.throwIfAborted();
    await ensureFolder(folder);
    const name = `${file.name}.gz`;
    const path = join(folder, name);
    const cached = await readCached(path, file);
    if (cached !== undefined) return { file: name, bytes: cached };
    let content: Uint8Array | undefined;
    await download({
      urls: mirrors.map((mirror) => `${mirror.replace(/\/+$/, '')}/${name}`),
      path,
      largest: LARGEST,
      signal: options.signal,
      tries: options.tries,
      patience: options.patience,
      onProgress: (url, received, total) => options.onProgress?.({ file: name, url, received, total }),
      check: async (bytes) => {
        content = await verified(bytes, file);
      },
    });
    return { file: name, bytes: content as unknown as Uint8Array };
  };
}

/** The decompressed content of a cached file; a damaged one is removed. */
async function readCached(path: string, file: MnistFile): Promise<Uint8Array | undefined> {
  const bytes = await guard(path, () => readFile(path).catch(undefinedWhenMissing));
  if (bytes === undefined) return undefined;
  try {
    return await verified(bytes, file);
  } catch {
    await guard(path, () => rm(path));
    return undefined;
  }
}

async function verified(bytes: Uint8Array, file: MnistFile): Promise<Uint8Array> {
  const content = isGzip(bytes) ? await gunzip(bytes, `${file.name}.gz`, LARGEST) : bytes;
  await verifySha256(content, file.sha256, file.name);
  return content;
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
