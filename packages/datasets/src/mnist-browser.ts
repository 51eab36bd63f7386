import { DatasetError } from './error.js';
import { chosenSource, type MnistOptions } from './options.js';
import { FASHION_MNIST } from './sources/fashion-mnist-files.js';
import { type IdxSet, MNIST } from './sources/mnist-files.js';
import { urlReader } from './sources/url.js';
import { readSplits, type Splits } from './splits.js';

/**
 * MNIST in a browser: only `source: 'url'`.
 * @throws DatasetError `not-in-browser` for the other sources; else as in Node.
 */
export function mnist(options: MnistOptions = {}): Promise<Splits> {
  return opened(MNIST, options);
}

/** Fashion-MNIST in a browser: as `mnist`. */
export function fashionMnist(options: MnistOptions = {}): Promise<Splits> {
  return opened(FASHION_MNIST, options);
}

async function opened(set: IdxSet, options: MnistOptions): Promise<Splits> {
  options.signal?.throwIfAborted();
  const source = chosenSource(options);
  if (source !== 'url') throw notInBrowser('source', `"${source}"`);
  const reader = urlReader({ ...options, baseUrl: options.baseUrl as string });
  return readSplits(set, reader, options.verify ?? false, options);
}

/** @throws DatasetError `not-in-browser`, always: there is no file system to keep the files. */
export function downloadMnist(): Promise<string> {
  return Promise.reject(notInBrowser('downloadMnist', 'a call in a browser'));
}

/** @throws DatasetError `not-in-browser`, always. */
export function downloadFashionMnist(): Promise<string> {
  return Promise.reject(notInBrowser('downloadFashionMnist', 'a call in a browser'));
}

function notInBrowser(field: string, received: string): DatasetError {
  return new DatasetError('not-in-browser', {
    field,
    expected: 'source "url" with the baseUrl of the four files',
    received,
    remedy: 'Serve the IDX files with your page and call mnist({ source: "url", baseUrl }).',
  });
}
