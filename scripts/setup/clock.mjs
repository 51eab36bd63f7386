/** Seconds as people say them: `0.4 s`, `12 s`, `2 min 5 s`. */
export function spoken(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Starts a stopwatch; what it returns tells the seconds since. */
export function stopwatch() {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
