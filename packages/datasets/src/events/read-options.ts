import { choiceOption, DatasetError, integerOption, show } from '../error.js';
import { LARGEST_SIDE, type Sensor } from './recording.js';

/** How to read a file of events. By default every irregularity is an error. */
export interface ReadOptions {
  /** Name of the file, for errors; a hint where the content alone does not tell the format. */
  readonly name?: string | undefined;
  /** Columns of the sensor; together with `height`. Default: what the file or its format says, else the largest x + 1. */
  readonly width?: number | undefined;
  /** Rows of the sensor; together with `width`. */
  readonly height?: number | undefined;
  /** Events earlier than the one before: an error, sorted (stable; not while streaming), or dropped. */
  readonly unsorted?: 'error' | 'sort' | 'drop' | undefined;
  /** Events outside the sensor: an error, or dropped. */
  readonly outside?: 'error' | 'drop' | undefined;
  /** An event or packet that the end of the file cuts: an error, or dropped. */
  readonly truncated?: 'error' | 'drop' | undefined;
  /** A file without events: an error, or a recording of none. */
  readonly empty?: 'error' | 'allow' | undefined;
  /** Most events of a recording, 1 to 2^31 - 1. Default 2^27 (1.7 GB in memory). */
  readonly maxEvents?: number | undefined;
}

/** Options after their check, every default filled in. */
export interface ReadRules {
  readonly file: string | undefined;
  readonly sensor: Sensor | undefined;
  readonly unsorted: 'error' | 'sort' | 'drop';
  readonly outside: 'error' | 'drop';
  readonly truncated: 'error' | 'drop';
  readonly empty: 'error' | 'allow';
  readonly maxEvents: number;
}

const MOST_EVENTS = 2 ** 27;

/** @throws DatasetError `option-invalid` */
export function readRules(options: ReadOptions): ReadRules {
  return {
    file: options.name,
    sensor: sensorOption(options),
    unsorted: choiceOption('unsorted', options.unsorted, ['error', 'sort', 'drop']),
    outside: choiceOption('outside', options.outside, ['error', 'drop']),
    truncated: choiceOption('truncated', options.truncated, ['error', 'drop']),
    empty: choiceOption('empty', options.empty, ['error', 'allow']),
    maxEvents: integerOption('maxEvents', options.maxEvents ?? MOST_EVENTS, 1, 2 ** 31 - 1),
  };
}

function sensorOption({ width, height }: ReadOptions): Sensor | undefined {
  if (width === undefined && height === undefined) return undefined;
  if (width === undefined || height === undefined) {
    throw new DatasetError('option-invalid', {
      field: width === undefined ? 'width' : 'height',
      expected: 'both width and height, or neither',
      received: show(undefined),
    });
  }
  return {
    width: integerOption('width', width, 1, LARGEST_SIDE),
    height: integerOption('height', height, 1, LARGEST_SIDE),
  };
}
