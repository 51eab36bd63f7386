import { join } from 'node:path';
import { DatasetError } from '../error.js';
import { openShd, type ShdFile } from '../events/shd.js';
import { read } from '../sources/folder.js';
import type { FileOptions } from './files.js';
import type { RecordingItem } from './item.js';
import { HEIDELBERG, type Layout } from './layout.js';

/** The files of SHD or SSC in a folder. */
export interface HeidelbergFiles {
  /** The training set, and for SSC the validation set, which is read as a part of it. */
  readonly train: readonly string[];
  readonly test: string;
}

/** `shd_train.h5` and `shd_test.h5`, or `ssc_train.h5`, `ssc_valid.h5` and `ssc_test.h5`. */
export function heidelbergFiles(names: readonly string[]): HeidelbergFiles | undefined {
  const find = (part: string) => names.find((name) => new RegExp(`(^|_)${part}\\.(h5|hdf5)$`, 'i').test(name));
  const [train, valid, test] = ['train', 'valid', 'test'].map(find);
  if (train === undefined || test === undefined) return undefined;
  return { train: valid === undefined ? [train] : [train, valid], test };
}

/** The Heidelberg data sets: recordings of one row of 700 units without polarity. */
export async function heidelberg(folder: string, files: HeidelbergFiles, options: FileOptions): Promise<Layout> {
  const paths = (names: readonly string[]) => names.map((name) => join(folder, name));
  const [first = ''] = files.train;
  const opened = await open(join(folder, first), options);
  const classNames = namesOf(opened);
  opened.free();
  return {
    name: /ssc/i.test(first) ? 'ssc' : 'shd',
    classNames,
    train: items(paths(files.train), options),
    test: items(paths([files.test]), options),
    about: HEIDELBERG,
  };
}

async function* items(paths: readonly string[], options: FileOptions): AsyncGenerator<RecordingItem> {
  let place = 0;
  for (const path of paths) {
    const file = await open(path, options);
    try {
      const labels = labelsOf(file, path);
      for (let index = 0; index < file.length; index += 1) {
        const name = `${path}: recording ${index}`;
        yield { name, label: labels[index] as number, place, load: () => file.recording(index) };
        place += 1;
      }
    } finally {
      file.free();
    }
  }
}

async function open(path: string, options: FileOptions): Promise<ShdFile> {
  return openShd(await read(path), { ...options, name: path });
}

function labelsOf({ labels, length }: ShdFile, file: string): ArrayLike<number> {
  if (labels !== undefined) return labels;
  throw new DatasetError('label-missing', { file, field: '/labels', expected: `${length} labels`, received: 'none' });
}

function namesOf({ classes, labels }: ShdFile): string[] {
  const largest = Array.from(labels ?? []).reduce((most, label) => Math.max(most, label), 0);
  return Array.from({ length: Math.max(classes.length, largest + 1) }, (_, label) => classes[label] ?? String(label));
}
