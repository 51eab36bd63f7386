import { chosenSource, type MnistOptions } from './options.js';
import { folderReader } from './sources/folder.js';
import { downloadReader } from './sources/mnist-download.js';
import type { FileReader } from './sources/mnist-files.js';
import { packageReader } from './sources/package.js';
import { urlReader } from './sources/url.js';
import { readSplits, type Splits } from './splits.js';

/**
 * MNIST: 60,000 training and 10,000 test images of handwritten digits, `[1, 28, 28]`, ten classes.
 * Validation examples are held out of the training set; their choice depends on `validation` and `seed` alone.
 * @throws DatasetError whose `code` says what is wrong with the options, the files or the network.
 */
export async function mnist(options: MnistOptions = {}): Promise<Splits> {
  options.signal?.throwIfAborted();
  const source = chosenSource(options);
  // The download checks its content itself.
  const isVerified = source !== 'download' && (options.verify ?? source === 'package');
  return readSplits(readerOf(source, options), isVerified, options);
}

function readerOf(source: ReturnType<typeof chosenSource>, options: MnistOptions): FileReader {
  switch (source) {
    case 'package':
      return packageReader();
    case 'folder':
      return folderReader(options.folder as string);
    case 'download':
      return downloadReader(options);
    case 'url':
      return urlReader({ ...options, baseUrl: options.baseUrl as string });
  }
}
