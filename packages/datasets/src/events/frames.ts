import { choiceOption, DatasetError, integerOption, show } from '../error.js';
import type { Recording } from './recording.js';
import { type Slices, slicesOf, type Slicing } from './slices.js';

/** How to add up events to frames. Exactly one of `bins`, `width`, `eventBins` and `count`. */
export interface FrameOptions extends Slicing {
  /** Events per pixel (the default), or whether there is one. */
  readonly mode?: 'counts' | 'binary' | undefined;
  /** First frame to give, counted from 0. Default 0. */
  readonly start?: number | undefined;
  /** Number of frames to give; those after the last slice of the recording are empty. Default: all from `start` on. */
  readonly frames?: number | undefined;
}

/** Frames of a recording, `[steps, polarities, height, width]`, row-major. */
export interface Frames {
  readonly steps: number;
  /** Polarities (plane 0 OFF, plane 1 ON), height, width. */
  readonly shape: readonly [number, number, number];
  /** Bytes 0 and 1 in mode `binary`, else numbers of events. */
  readonly data: Uint8Array | Uint32Array;
  /** Events of the recording that are in none of these frames. */
  readonly dropped: number;
}

/** Most numbers that a call gives: 1 GB of counts. */
const LARGEST = 2 ** 28;

/**
 * Adds up the events of a recording to frames.
 * @throws DatasetError `option-invalid`; `frames-missing` when the recording ends before frame `start`;
 * `frames-too-large` above 2^28 numbers.
 * @example
 * ```ts
 * import { frames } from '@certispike/datasets';
 *
 *
 * const { steps, shape, data, dropped } = frames(recording, { bins: 10, mode: 'binary' });
 * console.log(steps, shape); // 10 [ 2, 34, 34 ]
 * ```
 */
export function frames(recording: Recording, options: FrameOptions): Frames {
  const isBinary = choiceOption('mode', options.mode, ['counts', 'binary']) === 'binary';
  const { width, height, polarities } = recording;
  const slices = slicesOf(recording, options);
  const { start, steps } = chosen(slices, options);
  const plane = width * height;
  const size = steps * polarities * plane;
  if (size > LARGEST) {
    throw new DatasetError('frames-too-large', {
      field: 'frames',
      expected: `at most ${LARGEST} numbers`,
      received: `${steps} frames of ${polarities} x ${height} x ${width}`,
      remedy: 'Take fewer, longer frames, or a part of them with start and frames.',
    });
  }
  const data = isBinary ? new Uint8Array(size) : new Uint32Array(size);
  const { t, x, y, p } = recording;
  let kept = 0;
  for (let step = 0; step < Math.min(steps, slices.count - start); step += 1) {
    const [from, to] = slices.range(start + step);
    kept += to - from;
    for (let i = from; i < to; i += 1) {
      const at = ((step * polarities + p[i]!) * height + y[i]!) * width + x[i]!;
      data[at] = isBinary ? 1 : data[at]! + 1;
    }
  }
  return { steps, shape: [polarities, height, width], data, dropped: t.length - kept };
}

/** Which frames to give. */
function chosen(slices: Slices, options: FrameOptions): { start: number; steps: number } {
  const start = integerOption('start', options.start ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const isFixed = options.bins !== undefined || options.eventBins !== undefined;
  const most = isFixed ? slices.count - start : LARGEST;
  if (isFixed && most < 1) {
    throw new DatasetError('option-invalid', {
      field: 'start',
      expected: `a frame below ${slices.count}, the number of bins`,
      received: show(start),
    });
  }
  const steps = options.frames === undefined ? undefined : integerOption('frames', options.frames, 1, most);
  if (start >= slices.count) {
    throw new DatasetError('frames-missing', {
      field: 'start',
      expected: `a frame below ${slices.count}, the number of frames of this recording`,
      received: `${start}`,
    });
  }
  return { start, steps: steps ?? slices.count - start };
}
