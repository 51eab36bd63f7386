import { setTimeout as sleep } from 'node:timers/promises';
import { DatasetError, isDatasetError } from '../error.js';
import { Partial } from './partial.js';
import { transfer, TransferError } from './transfer.js';

/** What to download, from where, and how patiently. */
export interface DownloadOptions {
  /** Places that have the file, in the order they are tried. */
  readonly urls: readonly string[];
  /** Where the file goes. Until it is whole and checked it lies beside it under another name. */
  readonly path: string;
  /** Rejects when the content, which lies at `path` for the moment, is not the right one. */
  readonly check: (path: string) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((url: string, received: number, total: number | undefined) => void) | undefined;
  /** Tries in a row without a new byte before the next URL. Default 3. */
  readonly tries?: number | undefined;
  /** Milliseconds without a byte after which a connection counts as broken. Default 30,000. */
  readonly patience?: number | undefined;
  /** Milliseconds before the second try, doubled for each further one. Default 500. */
  readonly pause?: number | undefined;
  /** Largest size in bytes. Default 256 MiB. */
  readonly largest?: number | undefined;
}

/** Tries of one URL in all, so that a server that sends a few bytes at a time is given up at last. */
const MOST_TRIES = 20;

/**
 * Downloads a file into its place, resuming what an earlier, broken or killed download left.
 * An aborted `signal` rejects with its reason; what has come is kept for the next time.
 * @throws DatasetError `download-failed`, `checksum-mismatch` (every URL had something else), `cache-unusable`,
 * `disk-full`.
 */
export async function download(options: DownloadOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const partial = await Partial.open(options.path);
  try {
    const failures: string[] = [];
    let mismatch: DatasetError | undefined;
    for (const url of options.urls) {
      const failure = await fromUrl(url, partial, options);
      if (failure === undefined) return;
      if (isDatasetError(failure)) mismatch ??= failure;
      failures.push(`${url}: ${failure.message}`);
    }
    if (mismatch !== undefined && options.urls.length === 1) throw mismatch;
    throw new DatasetError(
      mismatch === undefined ? 'download-failed' : 'checksum-mismatch',
      {
        file: options.path,
        field: 'download',
        expected: 'the file from one of its mirrors',
        received: failures.join('; ') || 'no mirrors',
        remedy: 'Check the connection and run it again: what has come already is kept.',
      },
      mismatch,
    );
  } finally {
    await partial.leave();
  }
}

/** Undefined when the file is in its place; else why this URL did not give it. */
async function fromUrl(url: string, partial: Partial, options: DownloadOptions): Promise<Error | undefined> {
  const { signal, check, onProgress, tries = 3, patience = 30_000, pause = 500, largest = 2 ** 28 } = options;
  let furthest = partial.size;
  let isResumed = partial.size > 0;
  let fruitless = 0;
  let last: Error | undefined;
  for (let attempt = 0; attempt < MOST_TRIES && fruitless < tries; attempt += 1) {
    if (attempt > 0) await sleep(pause * 2 ** Math.max(0, fruitless - 1), undefined, { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    try {
      const onBytes = (received: number, total: number | undefined) => onProgress?.(url, received, total);
      await transfer(url, partial, { signal, patience, largest, onBytes });
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      last = error;
      if (!error.retryable) return error;
      fruitless = partial.size > furthest ? 0 : fruitless + 1;
      furthest = Math.max(furthest, partial.size);
      continue;
    }
    try {
      await check(partial.path);
    } catch (error) {
      if (!isDatasetError(error)) throw error;
      last = error;
      await partial.clear();
      // The part that was there may have been of something else: once more from the start, then it is the server's.
      if (!isResumed) return error;
      isResumed = false;
      furthest = 0;
      continue;
    }
    await partial.commit();
    return undefined;
  }
  return last;
}
