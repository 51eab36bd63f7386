import type { Recording } from '../events/recording.js';

/** What recordings are like, on average. */
export interface EventStatistics {
  readonly recordings: number;
  /** Events per recording: mean, standard deviation, least and most. */
  readonly events: { readonly mean: number; readonly deviation: number; readonly least: number; readonly most: number };
  /** Mean events of each polarity per recording. `[polarities]` */
  readonly polarity: Float64Array;
  /** Mean events per recording and bin of time, counted from 0: `[polarities][bins]`; later ones are in the last bin. */
  readonly time: readonly Float64Array[];
  /** Mean events per recording and pixel: `[polarities][height * width]`. */
  readonly space: readonly Float64Array[];
  /** Mean time of the last event, in microseconds. */
  readonly duration: number;
}

/** How to count. */
export interface StatisticsOptions {
  /** Microseconds of a bin of time. Default 10,000. */
  readonly bin?: number | undefined;
  /** Bins of time. Default 32. */
  readonly bins?: number | undefined;
}

/**
 * Counts the events of recordings of one sensor. Zeros for no recordings.
 * @example
 * ```ts
 * import { eventStatistics } from '@certispike/datasets';
 *
 *
 * const { events, polarity, duration } = eventStatistics([recording]);
 * console.log(events.mean === recording.t.length); // true
 * ```
 */
export function eventStatistics(recordings: Iterable<Recording>, options: StatisticsOptions = {}): EventStatistics {
  const { bin = 10_000, bins = 32 } = options;
  const counts: number[] = [];
  let duration = 0;
  let [time, space]: [Float64Array[], Float64Array[]] = [[], []];
  for (const { t, x, y, p, width, height, polarities } of recordings) {
    if (counts.length === 0) {
      time = Array.from({ length: polarities }, () => new Float64Array(bins));
      space = Array.from({ length: polarities }, () => new Float64Array(width * height));
    }
    counts.push(t.length);
    duration += t.at(-1) ?? 0;
    for (let i = 0; i < t.length; i += 1) {
      time[p[i]!]![Math.min(bins - 1, Math.floor(t[i]! / bin))]! += 1;
      space[p[i]!]![y[i]! * width + x[i]!]! += 1;
    }
  }
  const number = Math.max(1, counts.length);
  const mean = counts.reduce((sum, count) => sum + count, 0) / number;
  const averaged = (sums: Float64Array) => sums.map((sum) => sum / number);
  return {
    recordings: counts.length,
    events: {
      mean,
      deviation: Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / number),
      least: counts.reduce((least, count) => Math.min(least, count), counts[0] ?? 0),
      most: counts.reduce((most, count) => Math.max(most, count), 0),
    },
    polarity: Float64Array.from(time, (row) => row.reduce((sum, count) => sum + count, 0) / number),
    time: time.map(averaged),
    space: space.map(averaged),
    duration: duration / number,
  };
}
