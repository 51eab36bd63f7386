import { DatasetError, integerOption } from '../error.js';

/** Events of an event camera, one per index; the arrays have the same length. */
export interface Events {
  /** Microseconds, in [0, 2^53). */
  readonly t: Float64Array;
  /** Column, from the left. */
  readonly x: Uint16Array;
  /** Row, from the top. */
  readonly y: Uint16Array;
  /** Polarity: 0 OFF (darker), 1 ON (brighter); only 0 where `polarities` is 1. */
  readonly p: Uint8Array;
}

/** A whole recording: `t` does not decrease, every `x` is below `width`, every `y` below `height`. */
export interface Recording extends Events {
  readonly width: number;
  readonly height: number;
  /** 1 for sensors without polarity (SHD) and after `mergePolarities`. */
  readonly polarities: 1 | 2;
}

/** Sides of a sensor in pixels, each 1 to 65536. */
export interface Sensor {
  readonly width: number;
  readonly height: number;
}

/** Largest side: coordinates are 16-bit numbers. */
export const LARGEST_SIDE = 65_536;

/**
 * Returns `recording` when it keeps what {@link Recording} promises; for recordings that a program makes itself.
 * @throws DatasetError `recording-invalid` naming the field and the event.
 * @example
 * ```ts
 * import { checkedRecording, frames } from '@certispike/datasets';
 *
 *
 * const recording = checkedRecording({
 *   width: 2,
 *   height: 2,
 *   polarities: 2,
 *   t: Float64Array.of(0, 1500),
 *   x: Uint16Array.of(0, 1),
 *   y: Uint16Array.of(1, 1),
 *   p: Uint8Array.of(1, 0),
 * });
 * console.log(frames(recording, { width: 1000, tail: 'tonic-incomplete' }).steps); // 2
 * ```
 */
export function checkedRecording(recording: Recording, file?: string): Recording {
  const { width, height, polarities, t, x, y, p } = recording;
  integerOption('width', width, 1, LARGEST_SIDE);
  integerOption('height', height, 1, LARGEST_SIDE);
  integerOption('polarities', polarities, 1, 2);
  const fail = (field: string, expected: string, received: string): never => {
    throw new DatasetError('recording-invalid', { file, field, expected, received });
  };
  for (const [name, array] of Object.entries({ x, y, p })) {
    if (array.length !== t.length) fail(name, `${t.length} numbers, as many as t`, `${array.length}`);
  }
  let before = 0;
  for (let i = 0; i < t.length; i += 1) {
    const time = t[i]!;
    if (!(time >= before && time <= Number.MAX_SAFE_INTEGER)) fail(`t[${i}]`, `a time from ${before} us on`, `${time}`);
    before = time;
    if (x[i]! >= width) fail(`x[${i}]`, `a column below ${width}`, `${x[i]!}`);
    if (y[i]! >= height) fail(`y[${i}]`, `a row below ${height}`, `${y[i]!}`);
    if (p[i]! >= polarities) fail(`p[${i}]`, `a polarity below ${polarities}`, `${p[i]!}`);
  }
  return recording;
}

/** The events at `indices`, in that order, as fresh arrays. */
export function eventsAt(events: Events, indices: Uint32Array): Events {
  const { length } = indices;
  const picked = emptyEvents(length);
  for (let i = 0; i < length; i += 1) {
    const from = indices[i]!;
    picked.t[i] = events.t[from]!;
    picked.x[i] = events.x[from]!;
    picked.y[i] = events.y[from]!;
    picked.p[i] = events.p[from]!;
  }
  return picked;
}

/** Zeros for `length` events. */
export function emptyEvents(length: number): Events {
  return {
    t: new Float64Array(length),
    x: new Uint16Array(length),
    y: new Uint16Array(length),
    p: new Uint8Array(length),
  };
}
