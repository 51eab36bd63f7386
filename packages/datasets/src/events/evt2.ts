import { DatasetError } from '../error.js';
import { Clock } from './clock.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole, viewOf } from './decoder.js';
import { readPropheseeHeader } from './prophesee-header.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording } from './recording.js';

const WORD = 4;
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
 */
export function readEvt2(bytes: Uint8Array, options: ReadOptions = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, evt2Decoder(collector), collector);
}

export function evt2Decoder(collector: EventCollector): Decoder {
  const clock = new Clock(RANGE, 'unwrap', collector.rules.file);
  const header = new RawHeader(collector, 'evt2');
  let high: number | undefined;
  return {
    piece: `a word of ${WORD} bytes`,
    wants: WORD,
    get isPastHeader() {
      return header.isRead;
    },
    decode(bytes, offset, isLast) {
      const start = header.skip(bytes, offset, isLast);
      if (start === undefined) return 0;
      const view = viewOf(bytes);
      let at = start;
      for (; at + WORD <= bytes.length; at += WORD) {
        const word = view.getUint32(at, true);
        const type = word >>> 28;
        // The high bits are 28, the low 6: more than bit operations have.
        if (type === TIME_HIGH) high = (word & 0xfffffff) * 64;
        else if ((type === OFF || type === ON) && high !== undefined) {
          const time = clock.time(high + ((word >>> 22) & 0x3f), offset + at);
          collector.add(time, (word >>> 11) & 0x7ff, word & 0x7ff, type, offset + at);
        }
      }
      return at;
    },
  };
}

/** The `%` lines of a `.raw` file, which must name the encoding. */
export class RawHeader {
  readonly #collector: EventCollector;
  readonly #encoding: 'evt2' | 'evt3';
  #bytes: number | undefined;

  constructor(collector: EventCollector, encoding: 'evt2' | 'evt3') {
    this.#collector = collector;
    this.#encoding = encoding;
  }

  get isRead(): boolean {
    return this.#bytes !== undefined;
  }

  /**
   * Index of the first word in `bytes`; undefined while the header is not all there.
   * @throws DatasetError `events-header`
   */
  skip(bytes: Uint8Array, offset: number, isLast: boolean): number | undefined {
    if (this.#bytes !== undefined) return offset === 0 ? this.#bytes : 0;
    const { file } = this.#collector.rules;
    const header = readPropheseeHeader(bytes, isLast, file);
    if (header === undefined) return undefined;
    if (header.encoding !== this.#encoding) {
      throw new DatasetError('events-header', {
        file,
        field: 'header',
        expected: `lines that start with %, one of them "evt ${this.#encoding.slice(3)}.0"`,
        received: header.lines.length === 0 ? 'none' : header.said || 'none that names the encoding',
      });
    }
    if (header.sensor !== undefined) this.#collector.declareSensor(header.sensor);
    this.#bytes = header.bytes;
    return header.bytes;
  }
}
