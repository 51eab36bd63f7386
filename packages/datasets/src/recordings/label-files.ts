import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../error.js';
import { read } from '../sources/folder.js';
import { type FileOptions, fileItem, isRecording } from './files.js';
import type { RecordingItem } from './item.js';
import { classesOf, type LabelLine, parseLabels } from './label-table.js';
import type { Layout } from './layout.js';

/** The files of labels of a folder. */
export interface LabelFiles {
  readonly train: string;
  readonly test: string | undefined;
}

/**
 * Finds files of labels by their names: `labels.csv` (or `.txt`, `.tsv`), or one that begins with `train` and perhaps one
 * that begins with `test`.
 */
export function labelFiles(names: readonly string[]): LabelFiles | undefined {
  const find = (start: string) => {
    const pattern = new RegExp(`^${start}.*\\.(csv|tsv|txt)$`, 'i');
    return [...names].sort().find((name) => pattern.test(name));
  };
  const train = find('labels') ?? find('train');
  return train === undefined ? undefined : { train, test: find('labels') === undefined ? find('test') : undefined };
}

/** Recordings in a folder, at any depth, whose classes stand in files of labels. */
export async function labelledFiles(
  folder: string,
  { train, test }: LabelFiles,
  name: string,
  options: FileOptions,
): Promise<Layout> {
  const first = await linesOf(folder, train);
  const second = test === undefined ? [] : await linesOf(folder, test);
  const classNames = classesOf(
    [...first, ...second].map(({ label }) => label),
    join(folder, train),
  );
  const files = await recordingsBelow(folder);
  const itemOf = (line: LabelLine, place: number) => {
    const path = files.byName.get(line.file) ?? files.byStem.get(line.file);
    const label = classNames.indexOf(line.label);
    // A recording that is not there is one of the bad ones, and found with them.
    return path === undefined ? missing(line, label, place) : fileItem(folder, path, label, place, options);
  };
  const isSplit = first.some(({ split }) => split !== undefined);
  const trainLines = isSplit ? first.filter(({ split }) => split !== 'test') : first;
  const testLines = isSplit ? first.filter(({ split }) => split === 'test') : second;
  const items = { train: trainLines.map(itemOf), test: testLines.map(itemOf) };
  const listed = new Set([...items.train, ...items.test].map(({ name: path }) => path));
  const unlisted = [...files.byName.values()].filter((path) => !listed.has(path));
  const stray = unlisted.map((path, index) => unlabelled(path, items.train.length + index));
  const hasTest = isSplit || test !== undefined;
  return { name, classNames, train: [...items.train, ...stray], test: hasTest ? items.test : undefined };
}

async function linesOf(folder: string, file: string): Promise<LabelLine[]> {
  const path = join(folder, file);
  return parseLabels(new TextDecoder().decode(await read(path)), path);
}

/** Every recording below a folder, by its path with forward slashes and by the same without its ending. */
async function recordingsBelow(
  folder: string,
): Promise<{ byName: ReadonlyMap<string, string>; byStem: ReadonlyMap<string, string> }> {
  const byName = new Map<string, string>();
  const byStem = new Map<string, string>();
  for (const entry of (await readdir(folder, { recursive: true })).sort()) {
    if (!isRecording(entry)) continue;
    const name = entry.replaceAll('\\', '/');
    byName.set(name, entry);
    byStem.set(name.replace(/\.[^./]*$/, ''), entry);
  }
  return { byName, byStem };
}

function missing({ file, line }: LabelLine, label: number, place: number): RecordingItem {
  const load = () => {
    const expected = `the recording of line ${line} of the labels`;
    throw new DatasetError('file-missing', { file, field: 'file', expected, received: 'no such file' });
  };
  return { name: file, label, place, load };
}

function unlabelled(name: string, place: number): RecordingItem {
  const load = () => {
    const expected = 'a line in the file of labels';
    throw new DatasetError('label-missing', { file: name, field: 'label', expected, received: 'none' });
  };
  return { name, label: 0, place, load };
}
