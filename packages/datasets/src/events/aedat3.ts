import { choiceOption, DatasetError, show } from '../error.js';
import { EventCollector } from './collector.js';
import { type Decoder, decodeWhole, refusals, viewOf } from './decoder.js';
import { type ReadOptions, readRules } from './read-options.js';
import type { Recording, Sensor } from './recording.js';
import { readTextHeader } from './text-header.js';

/** Options of `readAedat3`. */
export interface Aedat3Options extends ReadOptions {
  /**
   * How long a packet is, by the name of who reads it so: as many events as are in it (`aedattools`, the default, and what
   * the cameras write), or as could be (`tonic`, also SpikingJelly). They differ only where packets are not full.
   */
  readonly packets?: 'aedattools' | 'tonic' | undefined;
}

const PACKET_HEADER = 28;
const POLARITY = 1;
/** Smallest event of a polarity packet: data and time. */
const EVENT = 8;
/** Largest packet that is read, in bytes: far above what cameras write. */
const LARGEST_PACKET = 2 ** 28;

/** Sensors by the names that `#Source` lines give cameras. */
const SENSORS: readonly (readonly [name: RegExp, sensor: Sensor])[] = [
  [/DVS128/i, { width: 128, height: 128 }],
  [/DAVIS128/i, { width: 128, height: 128 }],
  [/DAVIS208/i, { width: 208, height: 192 }],
  [/DAVIS240/i, { width: 240, height: 180 }],
  [/DAVIS346/i, { width: 346, height: 260 }],
  [/DAVIS640/i, { width: 640, height: 480 }],
  [/DVS132S/i, { width: 132, height: 104 }],
];

/**
 * Reads an AEDAT 3.1 recording: `#` lines to `#!END-HEADER`, then packets, little-endian: a header of 28 bytes, and events of
 * which those of polarity packets are read. Invalid events are left out. The time is 31 bits above which the packet's overflow
 * counter stands. DVS Gesture has this form.
 * Source: docs.inivation.com, "AEDAT 3.1"; libcaer, `events/common.h` and `events/polarity.h`.
 * Memory: arrays of at most 1.7 times the file.
 * @throws DatasetError `option-invalid`, `events-header`, `events-corrupt`, `events-truncated`, `events-outside`,
 * `events-order`, `events-overflow`, `events-empty`, `events-too-many`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readAedat3 } from '@certispike/datasets';
 *
 * const { width, height, t, x, y, p } = readAedat3(await readFile('recording-3.aedat'));
 * ```
 */
export function readAedat3(bytes: Uint8Array, options: Aedat3Options = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, aedat3Decoder(collector, options), collector);
}

/** @throws DatasetError `option-invalid` */
export function aedat3Decoder(collector: EventCollector, options: Aedat3Options): Decoder {
  const { file } = collector.rules;
  const corrupt = refusals(file);
  const isByNumber = choiceOption('packets', options.packets, ['aedattools', 'tonic']) === 'aedattools';
  let start: number | undefined;
  let wants = PACKET_HEADER;
  let piece = `a packet's header of ${PACKET_HEADER} bytes`;

  function header(bytes: Uint8Array, isLast: boolean): number | undefined {
    const text = readTextHeader(bytes, '#', (line) => line === '!END-HEADER', isLast, file);
    if (text === undefined) return undefined;
    const first = text.lines[0];
    if (first !== '!AER-DAT3.1' || text.lines.at(-1) !== '!END-HEADER') {
      throw new DatasetError('events-header', {
        file,
        field: 'header',
        expected: '#!AER-DAT3.1, further lines that start with #, and #!END-HEADER',
        received: first === undefined ? 'none' : `${show(`#${first}`)} to ${show(`#${text.lines.at(-1)!}`)}`,
      });
    }
    const source = text.lines.find((line) => /^Source \d+:/.test(line)) ?? '';
    const sensor = SENSORS.find(([name]) => name.test(source))?.[1];
    if (sensor !== undefined) collector.declareSensor(sensor);
    return text.bytes;
  }

  /** Reads the events of a polarity packet. */
  function events(view: DataView, packet: Packet, at: number, offset: number): void {
    for (let i = 0; i < packet.events; i += 1) {
      const event = at + PACKET_HEADER + i * packet.size;
      const data = view.getUint32(event, true);
      if ((data & 1) === 0) continue;
      const time = view.getInt32(event + packet.timeOffset, true);
      if (time < 0) throw corrupt('events-overflow', offset + event, 'time', 'a 31-bit number', `${time}`);
      const x = (data >>> 17) & 0x7fff;
      const y = (data >>> 2) & 0x7fff;
      collector.add(packet.overflows * 2 ** 31 + time, x, y, (data >>> 1) & 1, offset + event);
    }
  }

  function packetAt(view: DataView, at: number, offset: number): Packet {
    const type = view.getInt16(at, true);
    const [size, timeOffset, overflows, capacity, number] = [4, 8, 12, 16, 20].map((field) =>
      view.getInt32(at + field, true),
    ) as [number, number, number, number, number];
    const slots = isByNumber ? number : capacity;
    const isSane =
      size >= 1 &&
      number >= 0 &&
      capacity >= number &&
      overflows >= 0 &&
      slots * size + PACKET_HEADER <= LARGEST_PACKET;
    if (!isSane) {
      const received = `size ${size}, overflows ${overflows}, capacity ${capacity}, number ${number}`;
      const expected = `event size above 0, 0 <= number <= capacity, ${LARGEST_PACKET} bytes at most`;
      throw corrupt('events-corrupt', offset + at, "packet's header", expected, received);
    }
    if (type === POLARITY && (size < EVENT || timeOffset < 4 || timeOffset > size - 4)) {
      const expected = `events of at least ${EVENT} bytes, their time within`;
      throw corrupt('events-corrupt', offset + at, 'event size', expected, `${size}, time at ${timeOffset}`);
    }
    return { type, size, timeOffset, overflows, events: number, bytes: PACKET_HEADER + slots * size };
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
      while (at + PACKET_HEADER <= bytes.length) {
        const packet = packetAt(view, at, offset);
        if (at + packet.bytes > bytes.length) {
          wants = packet.bytes;
          piece = `a packet of ${packet.bytes} bytes`;
          break;
        }
        if (packet.type === POLARITY) events(view, packet, at, offset);
        at += packet.bytes;
      }
      return at;
    },
  };
}

interface Packet {
  readonly type: number;
  readonly size: number;
  readonly timeOffset: number;
  readonly overflows: number;
  readonly events: number;
  readonly bytes: number;
}
