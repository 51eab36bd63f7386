import type { Interval } from '../reproduce/record.js';

/** The 97.5 % quantile of the normal distribution. */
const z = 1.959963984540054;

/**
 * A 95 % interval of the difference between two shares of the same examples (Bonett and Price 2012: Wald's interval of
 * paired shares with one success added to either kind of disagreement).
 * @returns the observed `first - second` and its interval
 */
export function pairedDifference(
  first: readonly boolean[],
  second: readonly boolean[],
): { readonly value: number; readonly interval: Interval } {
  const count = first.length;
  const only = (own: readonly boolean[], other: readonly boolean[]) =>
    own.filter((value, index) => value && other[index] !== true).length;
  const [more, less] = [only(first, second), only(second, first)];
  const [upper, lower] = [(more + 1) / (count + 2), (less + 1) / (count + 2)];
  const radius = z * Math.sqrt((upper + lower - (upper - lower) ** 2) / (count + 2));
  return {
    value: (more - less) / count,
    interval: [Math.max(-1, upper - lower - radius), Math.min(1, upper - lower + radius)],
  };
}
