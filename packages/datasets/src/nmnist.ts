import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError, show } from './error.js';
import { NMNIST_SENSOR } from './events/nmnist.js';
import { classFolders, partFolders } from './recordings/class-folders.js';
import type { ReadingOptions } from './recordings/collect.js';
import { labelFiles, labelledFiles } from './recordings/label-files.js';
import { type Layout, NMNIST } from './recordings/layout.js';
import { nmnistZip } from './recordings/nmnist-zip.js';
import { type EventSplits, readEventSplits } from './recordings/splits.js';
import { list } from './sources/folder.js';
import { downloadNmnist, type NmnistDownloadOptions } from './sources/nmnist-download.js';
import { NMNIST_ARCHIVES } from './sources/nmnist-files.js';
import type { SplitOptions } from './splits.js';

/** Where N-MNIST comes from, and how it is read. */
export interface NmnistSetOptions extends ReadingOptions, SplitOptions, NmnistDownloadOptions {
  /**
   * Folder of the data set: `Train` and `Test` with a folder per digit; the archives `Train.zip` and `Test.zip`; or files
   * of labels beside the recordings (`train1K.txt`, `test100.txt`). Without it the archives are downloaded into `cache`.
   */
  readonly folder?: string | undefined;
}

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * N-MNIST (Orchard et al. 2015, CC BY-SA 4.0): MNIST in front of an event camera, 60,000 training and 10,000 test
 * recordings of 34 x 34 pixels and about 4,000 events. Samples are in the order of MNIST.
 * Memory: one bit per position, 2.9 kB per recording of ten frames.
 * @throws DatasetError whose `code` says what is wrong with the options, the files or the network.
 */
export async function nmnist(options: NmnistSetOptions = {}): Promise<EventSplits> {
  options.signal?.throwIfAborted();
  const { folder } = options;
  if (folder !== undefined && options.baseUrl !== undefined) {
    const received = show(options.baseUrl);
    throw new DatasetError('option-invalid', { field: 'baseUrl', expected: 'none with a folder', received });
  }
  const place = folder ?? (await downloadNmnist(options));
  return readEventSplits(await nmnistLayout(place, options.signal), place, options);
}

async function nmnistLayout(folder: string, signal: AbortSignal | undefined): Promise<Layout> {
  const names = await list(folder);
  const parts = await partFolders(folder);
  const archives = NMNIST_ARCHIVES.map(({ name }) => join(folder, name)) as [string, string];
  const labels = labelFiles(names);
  const about = NMNIST;
  if (parts !== undefined) return { ...(await classFolders(folder, 'nmnist', NMNIST_SENSOR)), about };
  if ((await Promise.all(archives.map(isThere))).every(Boolean)) {
    const [train, test] = archives.map((path) => nmnistZip(path, { ...NMNIST_SENSOR, signal }));
    return { name: 'nmnist', classNames: DIGITS, train: train as Layout['train'], test, about };
  }
  if (labels !== undefined) {
    const layout = await labelledFiles(folder, labels, 'nmnist', NMNIST_SENSOR);
    return { ...layout, classNames: DIGITS, about };
  }
  throw new DatasetError('file-missing', {
    file: folder,
    field: 'folder',
    expected: 'Train and Test, Train.zip and Test.zip, or files of labels beside the recordings',
    received: names.length === 0 ? 'an empty folder' : 'none of them',
  });
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
