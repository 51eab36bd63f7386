import { Clock } from './clock.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole } from './decoder.js';
import { rawDecoder } from './raw-file.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording } from './recording.js';

const RANGE = 2 ** 24;

/** Types of words, in their upper four bits. */
const Y = 0x0;
const X = 0x2;
const BASE_X = 0x3;
const VECTOR_12 = 0x4;
const VECTOR_8 = 0x5;
const TIME_LOW = 0x6;
const TIME_HIGH = 0x8;

/**
 * Reads a Prophesee EVT 3.0 recording (`.raw`): `%` lines, then little-endian words of 16 bits that change a state of row,
 * column, polarity and time. Overflows of the 24-bit time (16.8 s) go on, as the format has it. Events before the first
 * time are left out, as in OpenEB; triggers too.
 * Source: docs.prophesee.ai, "EVT 3.0 Format".
 * Memory: a word can hold 12 events, so arrays of at most 78 times the file; of real files 2 to 10 times.
 * @throws DatasetError `option-invalid`, `events-header`, `events-truncated`, `events-outside`, `events-order`,
 * `events-empty`, `events-too-many`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readEvt3 } from '@certispike/datasets';
 *
 * const { width, height, t, x, y, p } = readEvt3(await readFile('evt3.raw'));
 * ```
 */
export function readEvt3(bytes: Uint8Array, options: ReadOptions = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, evt3Decoder(collector), collector);
}

export function evt3Decoder(collector: EventCollector): Decoder {
  const clock = new Clock(RANGE, 'unwrap', collector.rules.file);
  let [row, column, polarity, high, time] = [0, 0, 0, 0, 0];
  let isTimed = false;

  /** Events at the set bits of a vector, from the base column on, which moves behind them. */
  function vector(bits: number, length: number, offset: number): void {
    if (isTimed) {
      for (let i = 0; i < length; i += 1) {
        if ((bits >>> i) & 1) collector.add(time, column + i, row, polarity, offset);
      }
    }
    column += length;
  }

  function word(value: number, offset: number): void {
    const low = value & 0xfff;
    switch (value >>> 12) {
      case Y:
        row = low & 0x7ff;
        return;
      case X:
        if (isTimed) collector.add(time, low & 0x7ff, row, low >>> 11, offset);
        return;
      case BASE_X:
        column = low & 0x7ff;
        polarity = low >>> 11;
        return;
      case VECTOR_12:
        return vector(low, 12, offset);
      case VECTOR_8:
        return vector(low & 0xff, 8, offset);
      case TIME_LOW:
        time = clock.time(high | low, offset);
        return;
      case TIME_HIGH:
        // The low bits follow; until then they are 0, except where the word only repeats what is known.
        if (isTimed && high === low << 12) return;
        high = low << 12;
        time = clock.time(high, offset);
        isTimed = true;
    }
  }

  return rawDecoder(collector, {
    encoding: 'evt3',
    size: 2,
    read: (view, at, offset) => word(view.getUint16(at, true), offset),
  });
}
