import { choiceOption, DatasetError } from '../error.js';
import { Clock, type Overflow } from './clock.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole, viewOf } from './decoder.js';
import { readPropheseeHeader } from './prophesee-header.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording } from './recording.js';

/** Options of formats whose times have 32 bits. */
export interface ClockOptions extends ReadOptions {
  /** What a fall of the time by more than half its range is: an error, or the start of the next 71 minutes. */
  readonly overflow?: Overflow | undefined;
}

const EVENT = 8;
const RANGE = 2 ** 32;
/** Event types of contrast detection. */
const TYPES = [0x00, 0x0c];

/**
 * Reads a Prophesee `.dat` recording: `%` lines, a byte each for the type (0 or 12: contrast detection) and size (8) of
 * events, then per event, little-endian, 32 bits of time in microseconds, 14 of column, 14 of row, 4 of polarity.
 * Source: docs.prophesee.ai, "DAT files".
 * Memory: arrays of at most 1.7 times the file.
 * @throws DatasetError `option-invalid`, `events-header`, `events-truncated`, `events-overflow`, `events-outside`,
 * `events-order`, `events-empty`, `events-too-many`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readDat } from '@certispike/datasets';
 *
 * const { width, height, t, x, y, p } = readDat(await readFile('recording.dat'));
 * ```
 */
export function readDat(bytes: Uint8Array, options: ClockOptions = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, datDecoder(collector, options), collector);
}

/** @throws DatasetError `option-invalid` */
export function datDecoder(collector: EventCollector, options: ClockOptions): Decoder {
  const { file } = collector.rules;
  const clock = new Clock(RANGE, choiceOption('overflow', options.overflow, ['error', 'unwrap']), file);
  let start: number | undefined;

  /** Bytes of the header, or undefined when there are too few. */
  function header(bytes: Uint8Array): number | undefined {
    const text = readPropheseeHeader(bytes, false, file);
    if (text === undefined || bytes.length < text.bytes + 2) return undefined;
    const [type, size] = bytes.subarray(text.bytes, text.bytes + 2) as unknown as [number, number];
    if (text.encoding !== 'dat' || text.lines.length === 0 || !TYPES.includes(type) || size !== EVENT) {
      throw new DatasetError('events-header', {
        file,
        offset: text.bytes,
        field: 'header',
        expected: 'lines that start with %, then event type 0 or 12 and event size 8',
        received: `${text.lines.length} lines ${text.said}, then type ${type} and size ${size}`.replace(/ ,/, ','),
      });
    }
    if (text.sensor !== undefined) collector.declareSensor(text.sensor);
    return text.bytes + 2;
  }

  return {
    piece: `an event of ${EVENT} bytes`,
    wants: EVENT,
    get isPastHeader() {
      return start !== undefined;
    },
    decode(bytes, offset) {
      start ??= header(bytes);
      if (start === undefined) return 0;
      const view = viewOf(bytes);
      let at = offset === 0 ? start : 0;
      for (; at + EVENT <= bytes.length; at += EVENT) {
        const time = clock.time(view.getUint32(at, true), offset + at);
        const word = view.getUint32(at + 4, true);
        collector.add(time, word & 0x3fff, (word >>> 14) & 0x3fff, (word >>> 28) & 1, offset + at);
      }
      return at;
    },
  };
}
