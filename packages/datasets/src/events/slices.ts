import { choiceOption, DatasetError, integerOption } from '../error.js';
import type { Recording } from './recording.js';

/** Who cuts recordings so, and what becomes of the events at the end; see {@link Slicing.tail}. */
export type Tail = 'tonic' | 'tonic-incomplete' | 'spikingjelly';

/** How to cut a recording. Exactly one of `bins`, `width`, `eventBins` and `count`. */
export interface Slicing {
  /** Number of slices of equal time, (last time - first time) / bins rounded down to whole microseconds. */
  readonly bins?: number | undefined;
  /** Time of a slice in microseconds, from the first event on. */
  readonly width?: number | undefined;
  /** Number of slices of equally many events, events / bins rounded down. */
  readonly eventBins?: number | undefined;
  /** Events of a slice. */
  readonly count?: number | undefined;
  /**
   * The tail, by the name of who treats it so:
   * - `tonic` (the default; `ToFrame` of Tonic 1.7): events after the last whole slice are dropped. With `bins` that is at
   *   least the last event. One slice at least, also of a recording shorter than it.
   * - `tonic-incomplete` (`include_incomplete=True`; with `width` and `count`): a further, shorter slice holds them. An
   *   event exactly at the end of the last slice is dropped all the same.
   * - `spikingjelly` (`integrate_events_by_fixed_frames_number` and `_duration` of SpikingJelly 2.0; not with `count`, which
   *   it does not have): the last slice holds them all. Where SpikingJelly fails on a slice without events, that slice is empty.
   */
  readonly tail?: Tail | undefined;
}

/** Slices of a recording: `count` of them, each the events `[from, to)`. */
export interface Slices {
  readonly count: number;
  range(slice: number): readonly [from: number, to: number];
}

const WAYS = ['bins', 'width', 'eventBins', 'count'] as const;

/**
 * Cuts a recording in time or by number of events. Slices in time contain their first instant, not their last.
 * @throws DatasetError `option-invalid`
 */
export function slicesOf({ t }: Recording, options: Slicing): Slices {
  const tail = choiceOption('tail', options.tail, ['tonic', 'tonic-incomplete', 'spikingjelly']);
  const given = WAYS.filter((way) => options[way] !== undefined);
  const way = given[0];
  if (way === undefined || given.length > 1) {
    throw new DatasetError('option-invalid', {
      field: 'slicing',
      expected: `exactly one of ${WAYS.join(', ')}`,
      received: given.join(' and ') || 'none',
    });
  }
  const size = integerOption(way, options[way], 1, Number.MAX_SAFE_INTEGER);
  refuse(way, tail);
  if (t.length === 0) return { count: way === 'bins' || way === 'eventBins' ? size : 1, range: () => [0, 0] };
  if (way === 'eventBins') return byCount(t.length, Math.floor(t.length / size), size, tail);
  if (way === 'count') {
    const whole = tail === 'tonic' ? Math.floor(t.length / size) : Math.ceil(t.length / size);
    return byCount(t.length, size, Math.max(1, whole), tail);
  }
  const duration = t[t.length - 1]! - t[0]!;
  if (way === 'bins') return byTime(t, Math.floor(duration / size), size, tail);
  const count = tail === 'tonic' ? Math.floor(duration / size) : Math.ceil(duration / size);
  return byTime(t, size, Math.max(1, count), tail);
}

function refuse(way: (typeof WAYS)[number], tail: Tail): void {
  const hasNone =
    tail === 'spikingjelly' ? way === 'count' : tail === 'tonic-incomplete' && way.toLowerCase().endsWith('bins');
  if (!hasNone) return;
  throw new DatasetError('option-invalid', {
    field: 'tail',
    expected: `a convention that exists for ${way}`,
    received: tail,
    remedy: `There is ${tail === 'spikingjelly' ? 'tonic and tonic-incomplete' : 'tonic and spikingjelly'}.`,
  });
}

function byCount(events: number, size: number, count: number, tail: Tail): Slices {
  return {
    count,
    range(slice) {
      const isLast = slice === count - 1 && tail === 'spikingjelly';
      return [Math.min(slice * size, events), isLast ? events : Math.min((slice + 1) * size, events)];
    },
  };
}

function byTime(t: Float64Array, width: number, count: number, tail: Tail): Slices {
  const first = t[0]!;
  return {
    count,
    range(slice) {
      const isLast = slice === count - 1 && tail === 'spikingjelly';
      return [firstFrom(t, first + slice * width), isLast ? t.length : firstFrom(t, first + (slice + 1) * width)];
    },
  };
}

/** Index of the first event at `time` or later. */
function firstFrom(t: Float64Array, time: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (t[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
