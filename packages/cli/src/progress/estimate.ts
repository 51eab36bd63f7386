/** Time left of a task, extrapolated from the share done since it started (or was resumed). */
export class Estimate {
  readonly #started = performance.now();
  #first: number | undefined;

  /** Seconds left when the share `fraction` is done; undefined while nothing is known. */
  secondsLeft(fraction: number): number | undefined {
    this.#first ??= fraction;
    const gained = fraction - this.#first;
    if (gained <= 0) return undefined;
    return (this.elapsed() * (1 - fraction)) / gained;
  }

  /** Seconds since the start. */
  elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }
}
