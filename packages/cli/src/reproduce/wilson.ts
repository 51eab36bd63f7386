import type { Interval } from './record.js';

/** The 97.5 % quantile of the normal distribution. */
const quantile = 1.959963984540054;

/**
 * The Wilson score interval of 95 % of a share found in `count` independent examples (Wilson 1927): unlike the normal
 * approximation it stays within 0 and 1 and says something where the share is 0 or 1.
 */
export function wilson(share: number, count: number): Interval {
  if (count === 0) return [0, 1];
  const square = quantile ** 2;
  const centre = (share + square / (2 * count)) / (1 + square / count);
  const radius =
    (quantile / (1 + square / count)) * Math.sqrt((share * (1 - share)) / count + square / (4 * count ** 2));
  // Rounding must not leave the share outside.
  return [Math.min(share, Math.max(0, centre - radius)), Math.max(share, Math.min(1, centre + radius))];
}
