import { Clock } from './clock.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole } from './decoder.js';
import { rawDecoder } from './raw-file.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording } from './recording.js';

const RANGE = 2 ** 34;
const OFF = 0x0;
const ON = 0x1;
const TIME_HIGH = 0x8;

/**
 * Reads a Prophesee EVT 2.0 recording (`.raw`): `%` lines, then little-endian words of 32 bits. Overflows of the 34-bit
 * time go on, as the format has it. Events before the first time are left out, as in OpenEB; triggers too.
 * Source: docs.prophesee.ai, "EVT 2.0 Format".
 * Memory: arrays of at most 3.25 times the file.
 * @throws DatasetError `option-invalid`, `events-header`, `events-truncated`, `events-outside`, `events-order`,
 * `events-empty`, `events-too-many`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readEvt2 } from '@certispike/datasets';
 *
 * const { width, height, t, x, y, p } = readEvt2(await readFile('evt2.raw'));
 * ```
 */
export function readEvt2(bytes: Uint8Array, options: ReadOptions = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, evt2Decoder(collector), collector);
}

export function evt2Decoder(collector: EventCollector): Decoder {
  const clock = new Clock(RANGE, 'unwrap', collector.rules.file);
  let high: number | undefined;
  return rawDecoder(collector, {
    encoding: 'evt2',
    size: 4,
    read(view, at, offset) {
      const word = view.getUint32(at, true);
      const type = word >>> 28;
      // The high bits are 28, the low 6: more than bit operations have.
      if (type === TIME_HIGH) high = (word & 0xfffffff) * 64;
      else if ((type === OFF || type === ON) && high !== undefined) {
        const time = clock.time(high + ((word >>> 22) & 0x3f), offset);
        collector.add(time, (word >>> 11) & 0x7ff, word & 0x7ff, type, offset);
      }
    },
  });
}
