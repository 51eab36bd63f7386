import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCache, ensureFolder, guard } from './cache.js';
import { contentOf } from './content.js';
import { download } from './download.js';
import { read } from './folder.js';
import { FASHION_MNIST } from './fashion-mnist-files.js';
import { type FileReader, type IdxSet, MNIST, type MnistFile, type TransferProgress } from './mnist-files.js';

/** Where MNIST, or Fashion-MNIST, is downloaded from and to. */
export interface MnistDownloadOptions {
  /** Folder that keeps the files. Default: `certispike/mnist` or `certispike/fashion-mnist` in the user's cache folder. */
  readonly cache?: string | undefined;
  /** URL, or several to be tried in order, of a folder with the four `.gz` files. Default: the public mirrors. */
  readonly baseUrl?: string | readonly string[] | undefined;
  /** Stops the download and rejects with the signal's reason; what has come is kept and resumed next time. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  /** Tries in a row without a new byte before the next mirror. Default 3. */
  readonly tries?: number | undefined;
  /** Milliseconds without a byte after which a connection counts as broken. Default 30,000. */
  readonly patience?: number | undefined;
}

/** A compressed file has 26 MB at most, its content 47 MB; a server that sends far more has something else. */
const LARGEST = 2 ** 26;

/**
 * Downloads the four files of MNIST (12 MB) into the cache folder, where they stay gzipped; what is there already and
 * has the right checksum is not fetched again.
 * @returns the folder.
 * @throws DatasetError `download-failed`, `checksum-mismatch`, `cache-unusable`, `disk-full`.
 * @example
 * ```ts
 * import { downloadMnist, mnist } from '@certispike/datasets';
 *
 *
 * const folder = await downloadMnist({ onProgress: ({ file, received, total }) => console.log(file, received, total) });
 * const { train } = await mnist({ folder });
 * ```
 */
export function downloadMnist(options: MnistDownloadOptions = {}): Promise<string> {
  return downloadSet(MNIST, options);
}

/**
 * {@link downloadMnist} for the four files of Fashion-MNIST (31 MB).
 * @example
 * ```ts
 * import { downloadFashionMnist, fashionMnist } from '@certispike/datasets';
 *
 *
 * const { train } = await fashionMnist({ folder: await downloadFashionMnist() });
 * ```
 */
export function downloadFashionMnist(options: MnistDownloadOptions = {}): Promise<string> {
  return downloadSet(FASHION_MNIST, options);
}

async function downloadSet(set: IdxSet, options: MnistDownloadOptions): Promise<string> {
  const folder = options.cache ?? defaultCache(set.name);
  const reader = downloadReader(set, { ...options, cache: folder });
  for (const file of set.files) await reader(file);
  return folder;
}

/** Reads the files from the cache folder and downloads what is missing or damaged there. */
export function downloadReader(set: IdxSet, options: MnistDownloadOptions): FileReader {
  const folder = options.cache ?? defaultCache(set.name);
  const mirrors = typeof options.baseUrl === 'string' ? [options.baseUrl] : (options.baseUrl ?? set.mirrors);
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
      check: async (partial) => {
        const bytes = await read(partial);
        content = await contentOf({ file: name, bytes }, file, { isVerified: true, largest: LARGEST });
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
    return await contentOf({ file: `${file.name}.gz`, bytes }, file, { isVerified: true, largest: LARGEST });
  } catch {
    await guard(path, () => rm(path));
    return undefined;
  }
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
