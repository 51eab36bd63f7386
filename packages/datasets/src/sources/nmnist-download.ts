import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../error.js';
import { defaultCache, ensureFolder } from './cache.js';
import { download } from './download.js';
import type { MnistDownloadOptions } from './mnist-download.js';
import { NMNIST_ARCHIVES, type NmnistArchive } from './nmnist-files.js';

/** Where N-MNIST is downloaded from and to. */
export interface NmnistDownloadOptions extends MnistDownloadOptions {
  /** MD5 of the archives at `baseUrl`, where they are not the published ones. */
  readonly checksums?: { readonly train: string; readonly test: string } | undefined;
}

/** The archives have about a gigabyte. */
const LARGEST = 2 ** 32;

/**
 * Downloads the two archives of N-MNIST (1.2 GB) into the cache folder, where they stay as they are; what is there already
 * and has the right checksum is not fetched again.
 * @returns the folder.
 * @throws DatasetError `download-failed`, `checksum-mismatch`, `cache-unusable`, `disk-full`.
 * @example
 * ```ts
 * import { downloadNmnist, nmnist } from '@certispike/datasets';
 *
 *
 * const { train } = await nmnist({ folder: await downloadNmnist() });
 * ```
 */
export async function downloadNmnist(options: NmnistDownloadOptions = {}): Promise<string> {
  const folder = options.cache ?? defaultCache('nmnist');
  await ensureFolder(folder);
  for (const archive of NMNIST_ARCHIVES) {
    await fetchArchive({ ...archive, md5: options.checksums?.[archive.part] ?? archive.md5 }, folder, options);
  }
  return folder;
}

async function fetchArchive(archive: NmnistArchive, folder: string, options: MnistDownloadOptions): Promise<void> {
  const path = join(folder, archive.name);
  options.signal?.throwIfAborted();
  if (await isWhole(path, archive)) return;
  const given = typeof options.baseUrl === 'string' ? [options.baseUrl] : options.baseUrl;
  await download({
    urls: given?.map((base) => `${base.replace(/\/+$/, '')}/${archive.name}`) ?? archive.urls,
    path,
    largest: LARGEST,
    signal: options.signal,
    tries: options.tries,
    patience: options.patience,
    onProgress: (url, received, total) => options.onProgress?.({ file: archive.name, url, received, total }),
    check: (partial) => verifyMd5(partial, archive),
  });
}

/** Whether the archive is there and undamaged; a damaged one is downloaded over. */
async function isWhole(path: string, archive: NmnistArchive): Promise<boolean> {
  if ((await stat(path).catch(() => undefined)) === undefined) return false;
  return verifyMd5(path, archive).then(
    () => true,
    () => false,
  );
}

/** @throws DatasetError `checksum-mismatch`. */
async function verifyMd5(path: string, { name, md5 }: NmnistArchive): Promise<void> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  const received = hash.digest('hex');
  if (received === md5) return;
  throw new DatasetError('checksum-mismatch', { file: name, field: 'MD5 of the archive', expected: md5, received });
}
