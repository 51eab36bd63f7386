import { choiceOption, DatasetError, show } from '../error.js';
import { Clock } from './clock.js';
import { EventCollector } from './collector.js';
import type { ClockOptions } from './dat.js';
import { type Decoder, decodeWhole, viewOf } from './decoder.js';
import { readRules } from './read-options.js';
import type { Recording, Sensor } from './recording.js';
import { readTextHeader } from './text-header.js';

/** Families of cameras that write AEDAT 2.0, which differ in what an address means. */
export type Aedat2Camera = 'dvs128' | 'davis';

/** Whose reading of addresses: where columns and rows are counted from, and which polarity is ON. */
export type Orientation = 'jaer' | 'inivation' | 'tonic' | 'spikingjelly';

/** Options of `readAedat2`. */
export interface Aedat2Options extends ClockOptions {
  /** The camera. Default: what the header's `AEChip` says, else `dvs128`, which wrote such headers before it had that line. */
  readonly camera?: Aedat2Camera | undefined;
  /**
   * How to read an address, by the name of who reads it so; X and Y are its fields, W and H the sides of the sensor:
   * - `jaer` (the default; the software of these cameras): x = W-1-X, y = H-1-Y; DVS128: ON is a polarity bit of 0;
   * - `inivation` (the description of the format): x = X, y = H-1-Y; ON is a bit of 1;
   * - `tonic`: DVS128: x = Y, y = X; DAVIS: as `jaer`; ON is a bit of 1;
   * - `spikingjelly` (CIFAR10-DVS; DVS128 only): x = 127-Y, y = 127-X; ON is a bit of 0.
   */
  readonly orientation?: Orientation | undefined;
}

const EVENT = 8;
const RANGE = 2 ** 32;
const DVS128: Sensor = { width: 128, height: 128 };
const LAST_LINE = /^end of ascii header/i;

/** DAVIS cameras by the number in their name. */
const DAVIS: Readonly<Record<string, Sensor>> = {
  128: DVS128,
  208: { width: 208, height: 192 },
  240: { width: 240, height: 180 },
  346: { width: 346, height: 260 },
  640: { width: 640, height: 480 },
};

/**
 * Reads an AEDAT 2.0 recording of a DVS128 or DAVIS camera: `#` lines, then per event, big-endian, 32 bits of address and
 * 32 of time in microseconds. Frames, inertial measurements and external events are left out.
 * Source: docs.inivation.com, "AEDAT 2.0".
 * Memory: arrays of at most 1.7 times the file.
 * @throws DatasetError `option-invalid`, `events-header`, `events-truncated`, `events-overflow`, `events-outside`,
 * `events-order`, `events-empty`, `events-too-many`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readAedat2 } from '@certispike/datasets';
 *
 * const { width, height, t, x, y, p } = readAedat2(await readFile('recording-2.aedat'), { camera: 'dvs128' });
 * ```
 */
export function readAedat2(bytes: Uint8Array, options: Aedat2Options = {}): Recording {
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, aedat2Decoder(collector, options), collector);
}

/** @throws DatasetError `option-invalid` */
export function aedat2Decoder(collector: EventCollector, options: Aedat2Options): Decoder {
  const { file } = collector.rules;
  const clock = new Clock(RANGE, choiceOption('overflow', options.overflow, ['error', 'unwrap']), file);
  const orientation = choiceOption('orientation', options.orientation, ['jaer', 'inivation', 'tonic', 'spikingjelly']);
  const given = options.camera === undefined ? undefined : choiceOption('camera', options.camera, ['dvs128', 'davis']);
  let layout: Layout | undefined;
  let start = 0;

  return {
    piece: `an event of ${EVENT} bytes`,
    wants: EVENT,
    get isPastHeader() {
      return layout !== undefined;
    },
    decode(bytes, offset, isLast) {
      if (layout === undefined) {
        const header = readTextHeader(bytes, '#', (line) => LAST_LINE.test(line), isLast, file);
        if (header === undefined) return 0;
        if (!header.lines[0]?.startsWith('!AER-DAT2.')) {
          throw new DatasetError('events-header', {
            file,
            field: 'header',
            expected: '#!AER-DAT2.0',
            received: header.lines.length === 0 ? 'none' : show(`#${header.lines[0]!}`),
          });
        }
        start = header.bytes;
        const camera = cameraOf(header.lines, given, collector, file);
        layout = layoutOf(camera, orientation, collector);
      }
      const view = viewOf(bytes);
      let at = offset === 0 ? start : 0;
      for (; at + EVENT <= bytes.length; at += EVENT) {
        const address = view.getUint32(at);
        if ((address & layout.special) !== 0) continue;
        const time = clock.time(view.getUint32(at + 4), offset + at);
        collector.add(time, layout.x(address), layout.y(address), layout.p(address), offset + at);
      }
      return at;
    },
  };
}

/** What an address means. */
interface Layout {
  /** Bits that no event of a pixel has. */
  readonly special: number;
  x(address: number): number;
  y(address: number): number;
  p(address: number): number;
}

interface Camera {
  readonly family: Aedat2Camera;
  readonly sensor: Sensor;
}

function cameraOf(
  lines: readonly string[],
  given: Aedat2Camera | undefined,
  collector: EventCollector,
  file: string | undefined,
): Camera {
  const chip = /^AEChip:\s*(\S+)/i.exec(lines.find((line) => /^AEChip:/i.test(line)) ?? '')?.[1];
  const number = /DAVI?S?(\d{3})/i.exec(chip ?? '')?.[1] ?? '';
  const named = chip === undefined || /DVS128/i.test(chip) ? 'dvs128' : /DAVI/i.test(chip) ? 'davis' : undefined;
  const family = given ?? named;
  if (family === undefined) {
    throw new DatasetError('events-header', {
      file,
      field: 'AEChip',
      expected: 'a DVS128 or DAVIS camera',
      received: show(chip),
      remedy: "Give the layout of its addresses with camera: 'dvs128' or 'davis' (--reading camera=davis).",
    });
  }
  const sensor = collector.sensor ?? (family === 'dvs128' ? DVS128 : DAVIS[number]);
  if (sensor !== undefined) return { family, sensor };
  throw new DatasetError('events-header', {
    file,
    field: 'AEChip',
    expected: `a DAVIS camera of ${Object.keys(DAVIS).join(', ')}`,
    received: chip === undefined ? 'none' : show(chip),
    remedy: "Give the sensor's width and height (--reading width=240,height=180).",
  });
}

function layoutOf({ family, sensor }: Camera, orientation: Orientation, collector: EventCollector): Layout {
  const right = sensor.width - 1;
  const bottom = sensor.height - 1;
  collector.declareSensor(sensor);
  if (family === 'davis') {
    if (orientation === 'spikingjelly') {
      throw new DatasetError('option-invalid', {
        field: 'orientation',
        expected: 'jaer, inivation or tonic for a DAVIS camera',
        received: orientation,
      });
    }
    const isFlipped = orientation !== 'inivation';
    return {
      // Bit 31: frames and inertial measurements; bit 10: external events.
      special: 0x8000_0400 | 0,
      x: (address) => outer(isFlipped ? right - ((address >>> 12) & 0x3ff) : (address >>> 12) & 0x3ff),
      y: (address) => outer(bottom - ((address >>> 22) & 0x1ff)),
      p: (address) => (address >>> 11) & 1,
    };
  }
  const field = { x: (address: number) => (address >>> 1) & 0x7f, y: (address: number) => (address >>> 8) & 0x7f };
  // Bit 15: external events; above it nothing.
  const special = 0xffff_8000 | 0;
  const bit = (address: number) => address & 1;
  const flipped = (address: number) => 1 - (address & 1);
  switch (orientation) {
    case 'jaer':
      return { special, x: (a) => outer(right - field.x(a)), y: (a) => outer(bottom - field.y(a)), p: flipped };
    case 'inivation':
      return { special, x: field.x, y: (a) => outer(bottom - field.y(a)), p: bit };
    case 'tonic':
      return { special, x: field.y, y: field.x, p: bit };
    case 'spikingjelly':
      return { special, x: (a) => outer(right - field.y(a)), y: (a) => outer(bottom - field.x(a)), p: flipped };
  }
}

/** A coordinate below 0 as one beyond every sensor, which the collector judges. */
const outer = (coordinate: number): number => (coordinate < 0 ? 65_536 - coordinate : coordinate);
