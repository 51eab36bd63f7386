import { DatasetError } from '../error.js';
import { concatenate } from '../parsers/gzip.js';
import type { FileReader, MnistFile, TransferProgress } from './mnist-files.js';
import { reasonOf } from './reason.js';

/** Where `urlReader` reads, and who hears of it. */
export interface UrlReaderOptions {
  /** URL of the folder with the four files. */
  readonly baseUrl: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/**
 * Reads the files with `fetch`, in browsers and in Node: `<baseUrl>/<name>.gz`, or `<name>` where there is no such file.
 * Nothing is stored but in the browser's own cache. An aborted `signal` rejects with its reason.
 * @throws DatasetError `fetch-failed`, `file-missing`.
 */
export function urlReader(options: UrlReaderOptions): FileReader {
  const base = options.baseUrl.replace(/\/+$/, '');
  return async (file: MnistFile) => {
    for (const name of [`${file.name}.gz`, file.name]) {
      const url = `${base}/${name}`;
      const response = await request(url, options.signal);
      // A server of a single-page application answers every path with a page.
      const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
      if (response.ok && !isPage) return { file: url, bytes: await readBody(response, url, name, options) };
      await response.body?.cancel();
      if (!response.ok && response.status !== 404) throw failed(url, `status ${response.status}`);
    }
    throw new DatasetError('file-missing', {
      file: base,
      field: 'baseUrl',
      expected: `${file.name}.gz or ${file.name}`,
      received: 'neither',
    });
  };
}

async function request(url: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw failed(url, reasonOf(cause), cause);
  }
}

async function readBody(response: Response, url: string, file: string, options: UrlReaderOptions) {
  const { signal, onProgress } = options;
  // Content-Length counts compressed bytes when the transport compresses, so it is no total then.
  const length = response.headers.get('content-encoding') === null ? response.headers.get('content-length') : null;
  const total = length === null ? undefined : Number(length);
  const parts: Uint8Array[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw failed(url, `${reasonOf(cause)} after ${received} bytes`, cause);
    });
    if (done) break;
    parts.push(value);
    received += value.length;
    onProgress?.({ file, url, received, total });
  }
  return concatenate(parts, received);
}

function failed(url: string, received: string, cause?: unknown): DatasetError {
  return new DatasetError('fetch-failed', { file: url, field: 'response', expected: 'the file', received }, cause);
}
