import type { Codecs, Compression } from '../codecs/codecs.js';
import { loadCodecs } from '../codecs/codecs.js';
import { integerOption, show } from '../error.js';
import { aedat4Streams } from './aedat4-streams.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole, refusals, viewOf } from './decoder.js';
import { FlatTable } from './flatbuffer.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording } from './recording.js';
import { latin, LONGEST_HEADER } from './text-header.js';

/** Options of `readAedat4`. */
export interface Aedat4Options extends ReadOptions {
  /** Number of the stream of events to read. Default: the lowest, as Tonic does. */
  readonly stream?: number | undefined;
}

const VERSION = '#!AER-DAT4.0\r\n';
const PACKET_HEADER = 8;
/** Bytes of an event in a packet: 64 bits of time, 16 each of column and row, polarity, and padding. */
const EVENT = 16;
/** Largest packet that is read, in bytes, before and after it is decompressed. */
const LARGEST_PACKET = 2 ** 28;
/** How many times its size a packet may have decompressed: as far as LZ4 can go. */
const MOST_EXPANSION = 256;
/** Packets of few bytes may be a little larger than that. */
const SMALL = 65_536;

const COMPRESSIONS: readonly (Compression | undefined)[] = [undefined, 'lz4', 'lz4', 'zstd', 'zstd'];

/**
 * Reads the events of an AEDAT4 recording: a line `#!AER-DAT4.0`, a flatbuffer that describes the streams, then packets,
 * each the stream's number and its size in bytes, and a flatbuffer of events, compressed by LZ4, Zstandard or not at all.
 * Source: docs.inivation.com, "AEDAT 4.0"; the schemas `ioheader.fbs` and `event.fbs` of dv-processing.
 * Memory: a packet may decompress to 256 times its size (and 64 KiB), so arrays of at most 208 times the file; of real files
 * 2 to 5 times.
 * @throws DatasetError `option-invalid`, `events-header`, `events-corrupt`, `events-truncated`, `events-outside`,
 * `events-order`, `events-overflow`, `events-empty`, `events-too-many`, `codecs-missing`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readAedat4 } from '@certispike/datasets';
 *
 * const { width, height, t, x, y, p } = await readAedat4(await readFile('recording.aedat4'));
 * ```
 */
export async function readAedat4(bytes: Uint8Array, options: Aedat4Options = {}): Promise<Recording> {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, aedat4Decoder(collector, options, await loadCodecs()), collector);
}

/** @throws DatasetError `option-invalid` */
export function aedat4Decoder(collector: EventCollector, options: Aedat4Options, codecs: Codecs): Decoder {
  const refuse = refusals(collector.rules.file);
  let stream =
    options.stream === undefined ? undefined : integerOption('stream', options.stream, 0, Number.MAX_SAFE_INTEGER);
  let compression: Compression | undefined;
  /** Where the packets end and a table of them begins. */
  let end = Infinity;
  let start: number | undefined;
  let wants = VERSION.length + 4;
  let piece = `a packet's header of ${PACKET_HEADER} bytes`;

  function header(bytes: Uint8Array, isLast: boolean): number | undefined {
    if (bytes.length < VERSION.length && !isLast) return undefined;
    const known = latin(bytes.subarray(0, VERSION.length));
    if (!VERSION.startsWith(known)) {
      throw refuse('events-header', 0, 'header', show(VERSION.trim()), show(known.trim()));
    }
    if (bytes.length < wants) return undefined;
    const size = viewOf(bytes).getUint32(VERSION.length, true);
    if (size > LONGEST_HEADER) {
      throw refuse('events-header', VERSION.length, 'size of the description', `at most ${LONGEST_HEADER}`, `${size}`);
    }
    wants = VERSION.length + 4 + size;
    if (bytes.length < wants) return undefined;
    const table = flat(bytes.subarray(VERSION.length, wants), VERSION.length, 'IOHE');
    describe(table);
    return wants;
  }

  /** Takes over what the description says. */
  function describe(table: FlatTable): void {
    const [code, position, description] = guarded(VERSION.length, () => [
      table.int32(0, 0),
      table.int64(1, -1n),
      table.text(2),
    ]);
    if (code < 0 || code >= COMPRESSIONS.length) {
      throw refuse('events-header', VERSION.length, 'compression', '0 to 4', `${code}`);
    }
    compression = COMPRESSIONS[code];
    if (position >= 0n) end = Number(position);
    const streams = aedat4Streams(description);
    const ofEvents = streams.filter(({ type }) => type === 'EVTS');
    const chosen = stream === undefined ? ofEvents[0] : ofEvents.find(({ id }) => id === stream);
    // A description of another form may name none; then the packets tell.
    if (chosen === undefined && (streams.length > 0 || stream !== undefined)) {
      const received = streams.map(({ id, type }) => `${id} ${type}`).join(', ') || 'none';
      throw refuse(
        'events-header',
        VERSION.length,
        'streams',
        `one of events${stream === undefined ? '' : `, number ${stream}`}`,
        received,
      );
    }
    stream = chosen?.id;
    if (chosen?.sensor !== undefined) collector.declareSensor(chosen.sensor);
  }

  function packet(bytes: Uint8Array, id: number, offset: number): void {
    if (stream !== undefined && id !== stream) return;
    const content = decompressed(bytes, offset);
    // A file whose description names no stream is read by what the packets say they are.
    if (stream === undefined) {
      if (latin(content.subarray(8, 12)) !== 'EVTS') return;
      stream = id;
    }
    const { start: first, length } = guarded(offset, () => flat(content, offset, 'EVTS').vector(0, EVENT));
    const view = viewOf(content);
    for (let at = first; at < first + length * EVENT; at += EVENT) {
      const time = view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
      if (time < 0) throw refuse('events-overflow', offset, 'time', 'at least 0', `${time}`);
      const [x, y] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
      collector.add(time, x, y, view.getUint8(at + 12) === 0 ? 0 : 1, offset);
    }
  }

  function decompressed(bytes: Uint8Array, offset: number): Uint8Array {
    if (compression === undefined) return bytes;
    const limit = Math.min(LARGEST_PACKET, MOST_EXPANSION * bytes.length + SMALL);
    try {
      return codecs.decompress(compression, bytes, limit);
    } catch (error) {
      const name = compression === 'lz4' ? 'LZ4' : 'Zstandard';
      throw refuse(
        'events-corrupt',
        offset,
        'packet',
        `an undamaged ${name} frame of at most ${limit} bytes`,
        reasonOf(error),
      );
    }
  }

  function flat(bytes: Uint8Array, offset: number, identifier: string): FlatTable {
    const table = guarded(offset, () => new FlatTable(bytes));
    if (table.identifier === identifier) return table;
    throw refuse('events-corrupt', offset, 'flatbuffer', show(identifier), show(table.identifier));
  }

  function guarded<T>(offset: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw refuse('events-corrupt', offset, 'flatbuffer', 'positions within it', error.message);
    }
  }

  return {
    get piece() {
      return piece;
    },
    get wants() {
      return wants;
    },
    get isPastHeader() {
      return start !== undefined;
    },
    decode(bytes, offset, isLast) {
      start ??= header(bytes, isLast);
      if (start === undefined) return 0;
      const view = viewOf(bytes);
      let at = offset === 0 ? start : 0;
      wants = PACKET_HEADER;
      piece = `a packet's header of ${PACKET_HEADER} bytes`;
      for (;;) {
        if (offset + at >= end) return bytes.length;
        if (at + PACKET_HEADER > bytes.length) return at;
        const id = view.getInt32(at, true);
        const size = view.getInt32(at + 4, true);
        if (id < 0 || size < 0 || size > LARGEST_PACKET) {
          const expected = `a stream from 0 on and at most ${LARGEST_PACKET} bytes`;
          throw refuse('events-corrupt', offset + at, "packet's header", expected, `stream ${id}, ${size} bytes`);
        }
        const next = at + PACKET_HEADER + size;
        if (next > bytes.length) {
          wants = PACKET_HEADER + size;
          piece = `a packet of ${wants} bytes`;
          return at;
        }
        packet(bytes.subarray(at + PACKET_HEADER, next), id, offset + at + PACKET_HEADER);
        at = next;
      }
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
