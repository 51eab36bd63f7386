import { join } from 'node:path';
import { DatasetError } from '../error.js';
import { type FileOptions, fileItem, foldersIn, numberOf, recordingsIn } from './files.js';
import type { RecordingItem } from './item.js';
import type { Layout } from './layout.js';

/**
 * A folder per class, in `Train` and `Test` (as N-MNIST comes) or at the top. The order is that of the numbers in the files'
 * names, across the classes: for N-MNIST that of MNIST.
 */
export async function classFolders(folder: string, name: string, options: FileOptions): Promise<Layout> {
  const parts = await partFolders(folder);
  const top = parts?.train ?? '';
  const classNames = await foldersIn(join(folder, top));
  if (classNames.length < 2 || classNames.length > 256) {
    throw new DatasetError('label-format', {
      file: join(folder, top),
      field: 'folders',
      expected: 'one for each of 2 to 256 classes',
      received: `${classNames.length}`,
    });
  }
  const train = await itemsOf(folder, top, classNames, options);
  const test = parts && (await itemsOf(folder, parts.test, classNames, options));
  return { name, classNames, train, test };
}

/** The folders `Train` and `Test`, whatever their case; undefined where they are not both there. */
export async function partFolders(folder: string): Promise<{ train: string; test: string } | undefined> {
  const folders = await foldersIn(folder);
  const find = (part: string) => folders.find((name) => name.toLowerCase() === part);
  const [train, test] = [find('train'), find('test')];
  return train === undefined || test === undefined ? undefined : { train, test };
}

async function itemsOf(
  folder: string,
  part: string,
  classNames: readonly string[],
  options: FileOptions,
): Promise<RecordingItem[]> {
  const present = new Set(await foldersIn(join(folder, part)));
  const unknown = [...present].find((name) => !classNames.includes(name));
  if (unknown !== undefined) {
    const expected = `the classes of the training set (${classNames.join(', ')})`;
    throw new DatasetError('label-format', { file: join(folder, part), field: 'folders', expected, received: unknown });
  }
  const files: { path: string; label: number; number: number }[] = [];
  for (const [label, name] of classNames.entries()) {
    if (!present.has(name)) continue;
    for (const file of await recordingsIn(join(folder, part, name))) {
      files.push({ path: join(part, name, file), label, number: numberOf(file) });
    }
  }
  files.sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1));
  return files.map(({ path, label }, place) => fileItem(folder, path, label, place, options));
}
