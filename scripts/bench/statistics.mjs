/** The value at a share of a sorted list, between neighbours where it falls between them. */
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below + (above - below) * (at - Math.floor(at));
}

/** Median and spread of some times, and the times themselves. */
export function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    runs: sorted.length,
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    least: sorted[0],
    most: sorted[sorted.length - 1],
    times,
  };
}
