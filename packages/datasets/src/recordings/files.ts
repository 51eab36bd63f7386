import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { readRecording, type RecordingOptions } from '../events/read-recording.js';
import type { Recording } from '../events/recording.js';
import { list, read } from '../sources/folder.js';
import type { RecordingItem } from './item.js';

/** How files of recordings are read. */
export type FileOptions = Omit<RecordingOptions, 'name' | 'index'>;

/** Ends of the names of files that may hold a recording; others in a folder are not looked at. */
const ENDINGS = new Set(['.bin', '.bs2', '.dat', '.raw', '.aedat', '.aedat4']);

/** Whether a file's name is that of a recording. */
export function isRecording(name: string): boolean {
  return ENDINGS.has(extname(name).toLowerCase());
}

/** Reads a file of one recording. */
export async function readFileRecording(path: string, name: string, options: FileOptions): Promise<Recording> {
  return readRecording(await read(path), { ...options, name });
}

/** The item of a file that holds one recording. */
export function fileItem(
  folder: string,
  name: string,
  label: number,
  place: number,
  options: FileOptions,
): RecordingItem {
  return { name, label, place, load: () => readFileRecording(join(folder, name), name, options) };
}

/** Folders in a folder, by name; numbers in their order. */
export async function foldersIn(folder: string): Promise<string[]> {
  await list(folder);
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort(byNumber);
}

/** Recordings in a folder, by name; numbers in their order. */
export async function recordingsIn(folder: string): Promise<string[]> {
  return (await list(folder)).filter(isRecording).sort(byNumber);
}

/** Names with numbers in them in the order of the numbers: `2.bin` before `10.bin`. */
export function byNumber(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

const collator = new Intl.Collator('en', { numeric: true });

/** The number in a file's name by which data sets are ordered: that of `00012.bin` is 12. */
export function numberOf(path: string): number {
  const digits = /(\d+)\D*$/.exec(basename(path, extname(path)))?.[1];
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits);
}
