import { DatasetError, integerOption, show } from '../error.js';
import { eventsAt, type Recording } from './recording.js';

// Each takes a recording and gives another; arrays that do not change are shared between the two.

/** A part of the sensor. */
export interface Window {
  /** Left column of the part. Default 0. */
  readonly x?: number | undefined;
  /** Upper row. Default 0. */
  readonly y?: number | undefined;
  readonly width: number;
  readonly height: number;
}

/**
 * The events within a part of the sensor, which becomes the sensor.
 * @throws DatasetError `option-invalid` when the part is not within the sensor
 * @example
 * ```ts
 * import { crop } from '@certispike/datasets';
 *
 * const part = crop(recording, { x: 8, y: 8, width: 18, height: 18 });
 * console.log(part.width, part.height); // 18 18
 * ```
 */
export function crop(recording: Recording, window: Window): Recording {
  const left = integerOption('x', window.x ?? 0, 0, recording.width - 1);
  const top = integerOption('y', window.y ?? 0, 0, recording.height - 1);
  const width = integerOption('width', window.width, 1, recording.width - left);
  const height = integerOption('height', window.height, 1, recording.height - top);
  const { x, y } = recording;
  const inside = (i: number) => x[i]! >= left && x[i]! < left + width && y[i]! >= top && y[i]! < top + height;
  const part = select(recording, inside);
  return { ...part, width, height, x: part.x.map((value) => value - left), y: part.y.map((value) => value - top) };
}

/**
 * The events with times from `min` to `max` microseconds, both included (Tonic's `CropTime`); times stay as they are.
 * @throws DatasetError `option-invalid`
 * @example
 * ```ts
 * import { cropTime } from '@certispike/datasets';
 *
 * const part = cropTime(recording, { min: 10_000, max: 20_000 });
 * console.log(part.t.every((time) => time >= 10_000 && time <= 20_000)); // true
 * ```
 */
export function cropTime(recording: Recording, { min = 0, max = Infinity }: { min?: number; max?: number }): Recording {
  if (!(min >= 0 && max >= min)) {
    throw new DatasetError('option-invalid', {
      field: 'min, max',
      expected: 'times from 0 on, min not above max',
      received: `${show(min)}, ${show(max)}`,
    });
  }
  const { t } = recording;
  return select(recording, (i) => t[i]! >= min && t[i]! <= max);
}

/** By how much to make a recording coarser. */
export interface DownsampleOptions {
  /** Factor of both coordinates, or of x and y, above 0 and at most 1: 0.5 makes one pixel of 2 x 2. Default 1. */
  readonly factor?: number | readonly [x: number, y: number] | undefined;
  /** Factor of the times, above 0 and at most 1. Default 1. */
  readonly time?: number | undefined;
}

/**
 * Multiplies coordinates and times and rounds them down; no event is dropped (Tonic's `Downsample`).
 * @throws DatasetError `option-invalid`
 * @example
 * ```ts
 * import { downsample } from '@certispike/datasets';
 *
 * const part = downsample(recording, { factor: 0.5 });
 * console.log(part.width, part.height); // 17 17
 * ```
 */
export function downsample(recording: Recording, { factor = 1, time = 1 }: DownsampleOptions): Recording {
  const [right, down] = typeof factor === 'number' ? [factor, factor] : factor;
  for (const [field, value] of Object.entries({ factor: right, 'factor of y': down, time })) {
    if (value > 0 && value <= 1) continue;
    throw new DatasetError('option-invalid', { field, expected: 'above 0 and at most 1', received: show(value) });
  }
  const { width, height, t, x, y } = recording;
  return {
    ...recording,
    width: Math.floor((width - 1) * right) + 1,
    height: Math.floor((height - 1) * down) + 1,
    t: time === 1 ? t : t.map((value) => Math.floor(value * time)),
    x: x.map((value) => value * right),
    y: y.map((value) => value * down),
  };
}

/**
 * All events as of one polarity.
 * @example
 * ```ts
 * import { mergePolarities } from '@certispike/datasets';
 *
 * const part = mergePolarities(recording);
 * console.log(part.polarities); // 1
 * ```
 */
export function mergePolarities(recording: Recording): Recording {
  return { ...recording, polarities: 1, p: new Uint8Array(recording.p.length) };
}

/** Which axes to flip. */
export interface Flip {
  /** Left and right. */
  readonly x?: boolean | undefined;
  /** Top and bottom. */
  readonly y?: boolean | undefined;
  /** ON and OFF. */
  readonly polarity?: boolean | undefined;
}

/**
 * Mirrors a recording, to have more of them to train with. Which to flip is the caller's choice, so that it can come from the
 * generator of a training run.
 * @throws DatasetError `option-invalid` when `polarity` is asked for where there is only one
 * @example
 * ```ts
 * import { flip } from '@certispike/datasets';
 *
 * const part = flip(recording, { x: true, polarity: true });
 * console.log(part.t.length === recording.t.length); // true
 * ```
 */
export function flip(recording: Recording, axes: Flip): Recording {
  const { width, height, polarities, x, y, p } = recording;
  if (axes.polarity === true && polarities === 1) {
    throw new DatasetError('option-invalid', {
      field: 'polarity',
      expected: 'a recording of two polarities',
      received: 'one of one',
    });
  }
  return {
    ...recording,
    x: axes.x === true ? x.map((value) => width - 1 - value) : x,
    y: axes.y === true ? y.map((value) => height - 1 - value) : y,
    p: axes.polarity === true ? p.map((value) => 1 - value) : p,
  };
}

/**
 * Leaves out events that no event of a direct neighbour (left, right, above, below) came before by less than `time`
 * microseconds. As Tonic's `Denoise`, also in this: neighbours that were silent so far count as if they had had an event at
 * time 0, and there are none beyond the largest coordinates of the events.
 * @throws DatasetError `option-invalid`
 * @example
 * ```ts
 * import { denoise } from '@certispike/datasets';
 *
 * const part = denoise(recording, { time: 10_000 });
 * console.log(part.t.length <= recording.t.length); // true
 * ```
 */
export function denoise(recording: Recording, { time }: { time: number }): Recording {
  positive('time', time);
  const { t, x, y } = recording;
  const width = largest(x) + 1;
  const height = largest(y) + 1;
  /** Until when an event of each pixel supports its neighbours. */
  const until = perPixel(width, height, time);
  return select(recording, (i) => {
    const [column, row, now] = [x[i]!, y[i]!, t[i]!];
    const at = row * width + column;
    until[at] = now + time;
    return (
      (column > 0 && until[at - 1]! > now) ||
      (column < width - 1 && until[at + 1]! > now) ||
      (row > 0 && until[at - width]! > now) ||
      (row < height - 1 && until[at + width]! > now)
    );
  });
}

/**
 * Leaves out events that come within `time` microseconds after the one before of the same pixel, whether that was left out or
 * not. As Tonic's `RefractoryPeriod`, but a pixel's first event is kept at time 0 too.
 * @throws DatasetError `option-invalid`
 * @example
 * ```ts
 * import { refractory } from '@certispike/datasets';
 *
 * const part = refractory(recording, { time: 1_000 });
 * console.log(part.t.length <= recording.t.length); // true
 * ```
 */
export function refractory(recording: Recording, { time }: { time: number }): Recording {
  positive('time', time);
  const { t, x, y } = recording;
  const width = largest(x) + 1;
  const last = perPixel(width, largest(y) + 1, -Infinity);
  return select(recording, (i) => {
    const at = y[i]! * width + x[i]!;
    const since = t[i]! - last[at]!;
    last[at] = t[i]!;
    return since > time;
  });
}

function select(recording: Recording, isKept: (event: number) => boolean): Recording {
  const kept = new Uint32Array(recording.t.length);
  let count = 0;
  for (let i = 0; i < recording.t.length; i += 1) {
    if (isKept(i)) kept[count++] = i;
  }
  return { ...recording, ...eventsAt(recording, kept.subarray(0, count)) };
}

/** Most pixels that a filter keeps a time for: 0.5 GB. */
const MOST_PIXELS = 2 ** 26;

/** A time for each pixel, row by row. */
function perPixel(width: number, height: number, time: number): Float64Array {
  if (width * height <= MOST_PIXELS) return new Float64Array(width * height).fill(time);
  throw new DatasetError('recording-invalid', {
    field: 'events',
    expected: `places among at most ${MOST_PIXELS} pixels`,
    received: `${width} x ${height}`,
  });
}

function positive(field: string, value: number): void {
  if (value > 0 && value < Infinity) return;
  throw new DatasetError('option-invalid', { field, expected: 'microseconds above 0', received: show(value) });
}

function largest(values: Uint16Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
