import { loadCodecs } from '../codecs/codecs.js';
import { DatasetError, integerOption } from '../error.js';
import { EventCollector } from './collector.js';
import { type ReadOptions, readRules, type ReadRules } from './read-options.js';
import type { Recording } from './recording.js';

/** Options of `readShd`. */
export interface ShdOptions extends ReadOptions {
  /** Which recording of the file, counted from 0. Default: the only one; an error when there are more. */
  readonly index?: number | undefined;
}

/** A file of many recordings, each read when it is asked for. */
export interface ShdFile {
  /** Number of recordings. */
  readonly length: number;
  /** Class of each recording; undefined where the file has none. */
  readonly labels: Uint32Array | undefined;
  /** Names of the classes; none where the file has none. */
  readonly classes: readonly string[];
  /**
   * A recording: `x` is the unit, `y` and `p` are 0; times in whole microseconds, rounded down as Tonic does.
   * @throws DatasetError `option-invalid`, `events-corrupt`, `events-outside`, `events-order`, `events-empty`, `events-too-many`
   */
  recording(index: number): Recording;
  /** Gives back the memory of the file; no recording can be read after it. */
  free(): void;
}

/** Units of the model of the ear that both data sets come from. */
export const SHD_SENSOR = { width: 700, height: 1 } as const;

/**
 * Opens an HDF5 file of the Heidelberg data sets SHD and SSC: `/spikes/times` (seconds) and `/spikes/units`, sequences of
 * variable length, `/labels` and `/extra/keys`. Source: zenkelab.org, "Spiking Heidelberg Datasets".
 * Memory: the file once more; a recording's arrays have at most 6.5 times its bytes in the file.
 * @throws DatasetError `option-invalid`, `events-corrupt`, `codecs-missing`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { openShd } from '@certispike/datasets';
 *
 *
 * const file = await openShd(await readFile('shd_test.h5'), { empty: 'allow' });
 * for (let index = 0; index < file.length; index += 1) console.log(file.labels?.[index], file.recording(index).t.length);
 * file.free();
 * ```
 */
export async function openShd(bytes: Uint8Array, options: ReadOptions = {}): Promise<ShdFile> {
  const rules = readRules(options);
  const codecs = await loadCodecs();
  const file = corruptUnless(rules, () => codecs.spikeFile(bytes));
  const { recordings, labels, classes } = file;
  if (labels.length > 0 && labels.length !== recordings) {
    file.free();
    throw corrupt(rules, '/labels', `${recordings} labels, one per recording`, `${labels.length}`);
  }
  return {
    length: recordings,
    labels: labels.length > 0 ? labels : undefined,
    classes,
    recording(index) {
      integerOption('index', index, 0, recordings - 1);
      const times = corruptUnless(rules, () => file.times(index));
      const units = corruptUnless(rules, () => file.units(index));
      return recordingOf(times, units, index, rules);
    },
    free: () => file.free(),
  };
}

/**
 * Reads one recording of a file that `openShd` opens.
 * @throws DatasetError `option-invalid`, `events-corrupt`, `events-outside`, `events-order`, `events-empty`,
 * `events-too-many`, `codecs-missing`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readShd } from '@certispike/datasets';
 *
 *
 * const recording = await readShd(await readFile('shd_test.h5'), { index: 0 });
 * console.log(recording.width, recording.polarities); // 700 1
 * ```
 */
export async function readShd(bytes: Uint8Array, options: ShdOptions = {}): Promise<Recording> {
  const file = await openShd(bytes, options);
  try {
    if (options.index === undefined && file.length !== 1) {
      throw new DatasetError('option-invalid', {
        file: options.name,
        field: 'index',
        expected: `which of the ${file.length} recordings to read`,
        received: 'nothing',
        remedy: 'Give its index, from 0 (--index).',
      });
    }
    return file.recording(options.index ?? 0);
  } finally {
    file.free();
  }
}

function recordingOf(times: Float64Array, units: Float64Array, index: number, rules: ReadRules): Recording {
  if (times.length !== units.length) {
    throw corrupt(rules, `/spikes/units[${index}]`, `${times.length} units, one per time`, `${units.length}`);
  }
  const collector = new EventCollector(rules);
  collector.declareSensor(SHD_SENSOR);
  collector.polarities = 1;
  for (let i = 0; i < times.length; i += 1) {
    const seconds = times[i]!;
    if (!(seconds >= 0)) throw corrupt(rules, `/spikes/times[${index}][${i}]`, 'seconds from 0 on', `${seconds}`);
    const unit = units[i]!;
    if (!Number.isInteger(unit)) throw corrupt(rules, `/spikes/units[${index}][${i}]`, 'a whole number', `${unit}`);
    collector.add(Math.floor(seconds * 1e6), unit, 0, 0, undefined);
  }
  return collector.recording();
}

function corruptUnless<T>(rules: ReadRules, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw corrupt(rules, 'HDF5 file', 'recordings in /spikes/times and /spikes/units', reason);
  }
}

function corrupt(rules: ReadRules, field: string, expected: string, received: string): DatasetError {
  return new DatasetError('events-corrupt', { file: rules.file, field, expected, received });
}
