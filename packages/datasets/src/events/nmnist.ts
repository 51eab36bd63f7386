import { choiceOption } from '../error.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole } from './decoder.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording } from './recording.js';

/** Options of `readNmnist`. */
export interface NmnistOptions extends ReadOptions {
  /**
   * What an event with y = 240 means, by the name of who reads it so:
   * - `tonic` (also event-Python, by the makers of the data): no event; this and all later times are 2^13 us later;
   * - `spikingjelly`: an event like any other.
   */
  readonly row240?: 'tonic' | 'spikingjelly' | undefined;
}

/** Bytes per event. */
const EVENT = 5;
const MARKER_ROW = 240;
const MARKER_TIME = 2 ** 13;

/** Sides of N-MNIST; other data sets in its form (N-Caltech101: 240 x 180) need `width` and `height`. */
export const NMNIST_SENSOR = { width: 34, height: 34 } as const;

/**
 * Reads an N-MNIST recording, `.bin` or `.bs2`: no header, 40-bit events of column, row, polarity (1 bit) and time
 * (23 bits of microseconds, big-endian). Source: garrickorchard.com/datasets/n-mnist.
 * Memory: arrays of at most 2.6 times the file.
 * @throws DatasetError `option-invalid`, `events-truncated`, `events-outside`, `events-order`, `events-empty`, `events-too-many`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readNmnist } from '@certispike/datasets';
 *
 *
 * const { width, height, t } = readNmnist(await readFile('60001.bin'));
 * console.log(width, height); // 34 34
 * ```
 */
export function readNmnist(bytes: Uint8Array, options: NmnistOptions = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, nmnistDecoder(collector, options), collector);
}

/** @throws DatasetError `option-invalid` */
export function nmnistDecoder(collector: EventCollector, options: NmnistOptions): Decoder {
  const hasMarkers = choiceOption('row240', options.row240, ['tonic', 'spikingjelly']) === 'tonic';
  collector.declareSensor(NMNIST_SENSOR);
  let base = 0;
  return {
    piece: `an event of ${EVENT} bytes`,
    wants: EVENT,
    isPastHeader: true,
    decode(bytes, offset) {
      const end = bytes.length - (bytes.length % EVENT);
      for (let at = 0; at < end; at += EVENT) {
        const row = bytes[at + 1]!;
        if (hasMarkers && row === MARKER_ROW) {
          base += MARKER_TIME;
          continue;
        }
        const signed = bytes[at + 2]!;
        const time = ((signed & 0x7f) << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
        collector.add(base + time, bytes[at]!, row, signed >> 7, offset + at);
      }
      return end;
    },
  };
}
