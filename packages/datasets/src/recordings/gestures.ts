import { join } from 'node:path';
import { DatasetError } from '../error.js';
import type { Recording } from '../events/recording.js';
import { cropTime } from '../events/transforms.js';
import { read } from '../sources/folder.js';
import { type FileOptions, readFileRecording } from './files.js';
import type { RecordingItem } from './item.js';
import { DVS_GESTURE, type Layout } from './layout.js';

/** The file that lists the training trials; by it the data set is known. */
export const TRAINING_TRIALS = 'trials_to_train.txt';
const TEST_TRIALS = 'trials_to_test.txt';

const CLASSES = [
  'hand clapping',
  'right hand wave',
  'left hand wave',
  'right arm clockwise',
  'right arm counter clockwise',
  'left arm clockwise',
  'left arm counter clockwise',
  'arm roll',
  'air drums',
  'air guitar',
  'other gestures',
];

/** One line of a trial's `*_labels.csv`: a gesture from one time to another, in microseconds. */
interface Gesture {
  readonly label: number;
  readonly from: number;
  readonly to: number;
}

/**
 * DVS128 Gesture as it was published: AEDAT 3.1 recordings of trials, each cut into its gestures by `*_labels.csv`
 * (class from 1, first and last microsecond); class 1 has label 0.
 */
export async function gestures(folder: string, options: FileOptions): Promise<Layout> {
  return {
    name: 'dvs-gesture',
    classNames: CLASSES,
    train: await itemsOf(folder, TRAINING_TRIALS, options),
    test: await itemsOf(folder, TEST_TRIALS, options),
    about: DVS_GESTURE,
  };
}

async function itemsOf(folder: string, list: string, options: FileOptions): Promise<RecordingItem[]> {
  const trials = (await text(join(folder, list))).split(/\r?\n/).map((line) => line.trim());
  const items: RecordingItem[] = [];
  for (const trial of trials.filter((line) => line !== '')) {
    const found = await gesturesOf(join(folder, trial.replace(/\.aedat$/i, '_labels.csv')));
    items.push(...trialItems(folder, trial, found, items.length, options));
  }
  return items;
}

/** The gestures of a trial, whose file is read once for all of them. */
function trialItems(
  folder: string,
  trial: string,
  found: readonly Gesture[],
  place: number,
  options: FileOptions,
): RecordingItem[] {
  let whole: Promise<Recording> | undefined;
  let left = found.length;
  return found.map(({ label, from, to }, index) => {
    const name = `${trial}: gesture ${index + 1}`;
    const load = async () => {
      whole ??= readFileRecording(join(folder, trial), trial, options);
      const recording = await whole;
      left -= 1;
      if (left === 0) whole = undefined;
      return between(recording, from, to, name);
    };
    return { name, label, place: place + index, load };
  });
}

async function gesturesOf(path: string): Promise<Gesture[]> {
  const [header = '', ...lines] = (await text(path)).split(/\r?\n/);
  const wrong = (field: string, expected: string, received: string) =>
    new DatasetError('label-format', { file: path, field, expected, received: JSON.stringify(received.slice(0, 60)) });
  if (!/^class,\s*startTime_usec,\s*endTime_usec/.test(header)) {
    throw wrong('line 1', 'class,startTime_usec,endTime_usec', header);
  }
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [label = Number.NaN, from = Number.NaN, to = Number.NaN] = line.split(',').map(Number);
    const isClass = Number.isInteger(label) && label >= 1 && label <= CLASSES.length;
    if (!isClass || !(from >= 0 && to > from)) {
      throw wrong(`line ${index + 2}`, `a class from 1 to ${CLASSES.length}, a time and a later one`, line);
    }
    return [{ label: label - 1, from, to }];
  });
}

/**
 * The events of a gesture, its last microsecond left out.
 * @throws DatasetError `events-empty`
 */
function between(recording: Recording, from: number, to: number, file: string): Recording {
  const part = cropTime(recording, { min: from, max: to - 1 });
  if (part.t.length > 0) return part;
  const expected = `at least one from ${from} to ${to} us`;
  throw new DatasetError('events-empty', { file, field: 'events', expected, received: 'none' });
}

async function text(path: string): Promise<string> {
  return new TextDecoder().decode(await read(path));
}
