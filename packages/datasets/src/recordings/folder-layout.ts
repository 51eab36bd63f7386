import { basename, join } from 'node:path';
import { DatasetError } from '../error.js';
import { list } from '../sources/folder.js';
import { NMNIST_ARCHIVES } from '../sources/nmnist-files.js';
import { cifar10Dvs, isCifar10Dvs } from './cifar10-dvs.js';
import { classFolders } from './class-folders.js';
import { type FileOptions, foldersIn } from './files.js';
import { gestures, TRAINING_TRIALS } from './gestures.js';
import { heidelberg, heidelbergFiles } from './heidelberg.js';
import { labelFiles, labelledFiles } from './label-files.js';
import { type Layout, NMNIST } from './layout.js';
import { nmnistZip } from './nmnist-zip.js';

/** What a folder may hold, for messages. */
const WANTED =
  'recordings in a folder per class (in Train and Test, or at the top), recordings and a file of labels, the archives of ' +
  'N-MNIST, DVS128 Gesture, CIFAR10-DVS, or SHD or SSC';

/** Names of the classes of N-MNIST. */
export const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * What a folder of recordings holds, by what lies in it.
 * @throws DatasetError `folder-missing`, `file-missing`, `label-format`
 */
export async function folderLayout(folder: string, options: FileOptions, signal?: AbortSignal): Promise<Layout> {
  const names = await list(folder);
  const name = basename(folder) || 'recordings';
  if (NMNIST_ARCHIVES.every((archive) => names.includes(archive.name))) {
    const [train, test] = NMNIST_ARCHIVES.map((archive) => nmnistZip(join(folder, archive.name), options, signal));
    return { name: 'nmnist', classNames: DIGITS, train: train as Layout['train'], test, about: NMNIST };
  }
  if (names.includes(TRAINING_TRIALS)) return gestures(folder, options);
  const files = heidelbergFiles(names);
  if (files !== undefined) return heidelberg(folder, files, options);
  const labels = labelFiles(names);
  if (labels !== undefined) return labelledFiles(folder, labels, name, options);
  const folders = await foldersIn(folder);
  if (isCifar10Dvs(folders)) return cifar10Dvs(folder, options);
  if (folders.length > 0) return classFolders(folder, name, options);
  throw new DatasetError('file-missing', {
    file: folder,
    field: 'folder',
    expected: WANTED,
    received: names.length === 0 ? 'an empty folder' : 'none of them',
  });
}
