import type { FileOptions } from './recordings/files.js';
import { folderLayout } from './recordings/folder-layout.js';
import type { ReadingOptions } from './recordings/collect.js';
import { type EventSplits, type FoldOptions, readEventSplits } from './recordings/splits.js';
import type { SplitOptions } from './splits.js';

/** How a folder of recordings is read. */
export interface EventFolderOptions extends ReadingOptions, SplitOptions, FoldOptions {
  /** How its files are read, such as the sides of the sensor where they do not say. */
  readonly files?: FileOptions | undefined;
}

/**
 * A data set of event recordings in a folder: a folder per class, in `Train` and `Test` or at the top; or recordings and a
 * file of labels (`labels.csv`, or `train*.txt` and `test*.txt`: a path and a class per line, and perhaps `train` or
 * `test`); DVS128 Gesture, CIFAR10-DVS, SHD and SSC as they were published. Without a test set a sixth of each class is
 * held out.
 * @throws DatasetError whose `code` says what is wrong with the options or the files.
 * @example
 * ```ts
 * import { eventFolder } from '@certispike/datasets';
 *
 *
 * const { train, test, classNames } = await eventFolder('recordings', { framing: { bins: 8 }, skipBad: true });
 * console.log(classNames.join(' ')); // left right
 * ```
 */
export async function eventFolder(folder: string, options: EventFolderOptions = {}): Promise<EventSplits> {
  options.signal?.throwIfAborted();
  const layout = await folderLayout(folder, options.files ?? {}, options.signal);
  return readEventSplits(layout, folder, options);
}
