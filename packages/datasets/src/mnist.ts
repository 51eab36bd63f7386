import { chosenSource, type MnistOptions, type MnistSource } from './options.js';
import { fashionJsonReader, fashionPackageReader, hasFashionJson } from './sources/fashion-mnist-package.js';
import { FASHION_MNIST } from './sources/fashion-mnist-files.js';
import { folderReader } from './sources/folder.js';
import { downloadReader } from './sources/mnist-download.js';
import { type FileReader, type IdxSet, MNIST } from './sources/mnist-files.js';
import { mnistPackageReader } from './sources/package.js';
import { urlReader } from './sources/url.js';
import { readSplits, type Splits } from './splits.js';

/**
 * MNIST: 60,000 training and 10,000 test images of handwritten digits, `[1, 28, 28]`, ten classes.
 * Validation examples are held out of the training set; their choice depends on `validation` and `seed` alone.
 * @throws DatasetError whose `code` says what is wrong with the options, the files or the network.
 * @example
 * ```ts
 * import { mnist } from '@certispike/datasets';
 *
 *
 * const { train, validation, test } = await mnist();
 * console.log(train.length, validation.length, test.length); // 55000 5000 10000
 * for await (const { images, labels } of train.batches({ size: 128, shuffle: { seed: 1, epoch: 0 } })) {
 *   console.log(images.length, labels.length); // 100352 128
 *   break;
 * }
 * ```
 */
export async function mnist(options: MnistOptions = {}): Promise<Splits> {
  options.signal?.throwIfAborted();
  const source = chosenSource(options);
  const reader = source === 'package' ? mnistPackageReader() : readerOf(MNIST, source, options);
  // The download checks its content itself.
  const isVerified = source !== 'download' && (options.verify ?? source === 'package');
  return readSplits(MNIST, reader, isVerified, options);
}

/**
 * Fashion-MNIST: 60,000 training and 10,000 test photographs of clothing, `[1, 28, 28]`, ten classes. From the package
 * the images of a class come in the order of the original files, the classes mixed in an order that is always the same;
 * from the original files in theirs.
 * @throws DatasetError as `mnist`.
 * @example
 * ```ts
 * import { fashionMnist } from '@certispike/datasets';
 *
 *
 * const { train, test } = await fashionMnist({ folder: 'Fashion-MNIST', validation: 0 });
 * ```
 */
export async function fashionMnist(options: MnistOptions = {}): Promise<Splits> {
  options.signal?.throwIfAborted();
  const source = chosenSource(options, ['package', 'download']);
  if (source === 'package') {
    const { reader, set } = fashionPackageReader(options.cache);
    return readSplits(set, reader, options.verify ?? true, options);
  }
  const isJson = source === 'folder' && (await hasFashionJson(options.folder as string));
  const reader = isJson ? fashionJsonReader(options.folder as string) : readerOf(FASHION_MNIST, source, options);
  const isVerified = source !== 'download' && (options.verify ?? false);
  return readSplits(FASHION_MNIST, reader, isVerified, options);
}

function readerOf(set: IdxSet, source: Exclude<MnistSource, 'package'>, options: MnistOptions): FileReader {
  switch (source) {
    case 'folder':
      return folderReader(options.folder as string);
    case 'download':
      return downloadReader(set, options);
    case 'url':
      return urlReader({ ...options, baseUrl: options.baseUrl as string });
  }
}
