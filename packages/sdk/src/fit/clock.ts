/** Weight of the newest duration in the running means. */
const newest = 0.1;

/** How fast a training goes, and how long it will take. Nothing computed depends on it. */
export class Clock {
  #step: number | undefined;
  #validation: number | undefined;

  /** @param seconds duration of a step */
  stepped(seconds: number): void {
    this.#step = this.#step === undefined ? seconds : this.#step + newest * (seconds - this.#step);
  }

  /** @param seconds duration of a validation */
  validated(seconds: number): void {
    this.#validation = seconds;
  }

  /** @param examples of a step */
  samplesPerSecond(examples: number): number {
    return this.#step === undefined || this.#step === 0 ? 0 : examples / this.#step;
  }

  secondsLeft(steps: number, validations: number): number {
    return steps * (this.#step ?? 0) + validations * (this.#validation ?? 0);
  }
}
