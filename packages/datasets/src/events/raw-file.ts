import { DatasetError } from '../error.js';
import type { EventCollector } from './collector.js';
import { type Decoder, viewOf } from './decoder.js';
import { readPropheseeHeader } from './prophesee-header.js';

/** The words of an encoding. */
interface Words {
  readonly encoding: 'evt2' | 'evt3';
  /** Bytes of a word. */
  readonly size: number;
  /** Takes the word at `at` of the view, which is at `offset` of the file. */
  readonly read: (view: DataView, at: number, offset: number) => void;
}

/** Decodes a `.raw` file: `%` lines, then words of one size. */
export function rawDecoder(collector: EventCollector, { encoding, size, read }: Words): Decoder {
  const header = new RawHeader(collector, encoding);
  return {
    piece: `a word of ${size} bytes`,
    wants: size,
    get isPastHeader() {
      return header.isRead;
    },
    decode(bytes, offset, isLast) {
      const start = header.skip(bytes, offset, isLast);
      if (start === undefined) return 0;
      const view = viewOf(bytes);
      let at = start;
      for (; at + size <= bytes.length; at += size) read(view, at, offset + at);
      return at;
    },
  };
}

/** The `%` lines of a `.raw` file, which must name the encoding. */
class RawHeader {
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
