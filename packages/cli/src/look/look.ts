import { stat } from 'node:fs/promises';
import { isDatasetError } from '@certispike/datasets';
import type { DataConfig } from '../config/data.js';
import type { OpenOptions } from '../data-set.js';
import { CliError } from '../failure.js';
import { readBytes } from '../model-file.js';
import { checkTarget, writeWhole } from '../output.js';
import { type AdversarialRecord, lookAtAdversarial } from './adversarial-set.js';
import { type DataSetRecord, describeDataSet, lookAtDataSet } from './data-set.js';
import { pictureKind, png } from './picture.js';
import { describeRecording, type Looked, lookAtRecording, type RecordingRecord } from './recording.js';
import { svg } from './sheet.js';

/** What of a data set or a file is looked at, and where it is drawn. */
export interface LookOptions {
  readonly config: Omit<DataConfig, 'data'>;
  readonly open: OpenOptions;
  /** Which recording of a file of several. */
  readonly index: number | undefined;
  /** A file for the picture, `.svg` or `.png`. */
  readonly picture: string | undefined;
}

/** What was looked at: in numbers, and for people on a terminal of so many columns. */
export interface View {
  readonly record: DataSetRecord | RecordingRecord | AdversarialRecord;
  readonly text: (columns: number) => string;
}

const names = new Set(['mnist', 'fashion-mnist', 'nmnist', 'nmnist-simulated']);

/**
 * Looks at a data set (by its name or folder), a recording of events or adversarial examples; undefined for a file that is
 * none.
 * @throws CliError, DatasetError, CertispikeError
 */
export async function look(target: string, options: LookOptions): Promise<View | undefined> {
  const { picture } = options;
  if (picture !== undefined) {
    pictureKind(picture);
    await checkTarget('picture', picture);
  }
  const info = await stat(target).catch(() => undefined);
  const isDataSet = info === undefined ? names.has(target) : info.isDirectory();
  if (isDataSet) {
    const looked = await lookAtDataSet({ ...options.config, data: target }, options.open);
    await draw(looked, picture);
    return { record: looked.record, text: (columns) => describeDataSet(looked, columns) };
  }
  const bytes = await readBytes('file', target);
  const { fileKind } = await import('@certispike/sdk/convert');
  if (fileKind(bytes) === 'adversarial') return lookAtAdversarial(target, picture);
  if (!(await isRecording(target, bytes))) return undefined;
  const looked = await lookAtRecording(target, bytes, { index: options.index, reading: options.config.reading });
  await draw(looked, picture);
  return { record: looked.record, text: (columns) => describeRecording(looked, columns) };
}

/** Whether a file is one of events and not of a model, which may be HDF5, too. */
async function isRecording(file: string, bytes: Uint8Array): Promise<boolean> {
  const { fileKind } = await import('@certispike/sdk/convert');
  const kind = fileKind(bytes);
  const { formatOf, openShd } = await import('@certispike/datasets');
  if (kind === 'hdf5') {
    const opened = await openShd(bytes, { name: file }).catch(() => undefined);
    opened?.free();
    return opened !== undefined;
  }
  if (kind !== 'unknown') return false;
  try {
    formatOf(bytes, file, true);
    return true;
  } catch (error) {
    if (!isDatasetError(error) || error.code !== 'events-format') throw error;
    const { received, expected } = error.detail;
    // An encoding of recordings that is known, but not read.
    if (received.startsWith('an encoding')) throw error;
    // A header of safetensors comes with its length: the file is a model that is damaged, which says so itself.
    if (bytes[8] === 0x7b) return false;
    const all = `a model (safetensors, PyTorch, NIR), adversarial examples, a data set or a recording of ${expected}`;
    throw new CliError('invalid-model-file', `file: expected ${all}, got ${received}: ${file}`);
  }
}

async function draw({ drawing }: Looked<unknown>, picture: string | undefined): Promise<void> {
  if (picture === undefined) return;
  await writeWhole('picture', picture, pictureKind(picture) === 'svg' ? svg(drawing) : png(drawing));
}
