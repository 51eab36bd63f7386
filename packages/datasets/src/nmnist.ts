import { DatasetError, show } from './error.js';
import { NMNIST_SENSOR } from './events/nmnist.js';
import type { ReadingOptions } from './recordings/collect.js';
import { DIGITS, folderLayout } from './recordings/folder-layout.js';
import { NMNIST } from './recordings/layout.js';
import { type EventSplits, type FoldOptions, readEventSplits } from './recordings/splits.js';
import { downloadNmnist, type NmnistDownloadOptions } from './sources/nmnist-download.js';
import type { SplitOptions } from './splits.js';

/** Where N-MNIST comes from, and how it is read. */
export interface NmnistSetOptions extends ReadingOptions, SplitOptions, FoldOptions, NmnistDownloadOptions {
  /**
   * Folder of the data set: `Train` and `Test` with a folder per digit; the archives `Train.zip` and `Test.zip`; or files
   * of labels beside the recordings (`train1K.txt`, `test100.txt`). Without it the archives are downloaded into `cache`.
   */
  readonly folder?: string | undefined;
}

/**
 * N-MNIST (Orchard et al. 2015, CC BY-SA 4.0): MNIST in front of an event camera, 60,000 training and 10,000 test
 * recordings of 34 x 34 pixels and about 4,000 events. Samples are in the order of MNIST.
 * Memory: one bit per position, 2.9 kB per recording of ten frames.
 * @throws DatasetError whose `code` says what is wrong with the options, the files or the network.
 * @example
 * ```ts
 * import { nmnist } from '@certispike/datasets';
 *
 *
 * const { train, test } = await nmnist({ folder: 'N-MNIST', framing: { bins: 10 } });
 * console.log(train.steps, train.shape); // 10 [ 2, 34, 34 ]
 * ```
 */
export async function nmnist(options: NmnistSetOptions = {}): Promise<EventSplits> {
  options.signal?.throwIfAborted();
  const { folder, signal } = options;
  if (folder !== undefined && options.baseUrl !== undefined) {
    const received = show(options.baseUrl);
    throw new DatasetError('option-invalid', { field: 'baseUrl', expected: 'none with a folder', received });
  }
  const place = folder ?? (await downloadNmnist(options));
  const layout = await folderLayout(place, NMNIST_SENSOR, signal);
  return readEventSplits({ ...layout, name: 'nmnist', classNames: DIGITS, about: NMNIST }, place, options);
}
