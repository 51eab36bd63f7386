import { duration } from './duration.js';
import { Estimate } from './estimate.js';
import type { Meter, Progress } from './meter.js';

/** Seconds between two lines about one task. */
const interval = 10;

/** Plain lines for logs and pipes, at most one every ten seconds. */
export class LineMeter implements Meter {
  readonly #title: string;
  readonly #estimate = new Estimate();
  #last = 0;

  constructor(title: string) {
    this.#title = title;
    this.#print('started');
  }

  update({ fraction, detail, secondsLeft }: Progress): void {
    const left = secondsLeft ?? this.#estimate.secondsLeft(fraction);
    if (!this.#due()) return;
    const parts = [`${Math.floor(fraction * 100)} %`];
    if (left !== undefined) parts.push(`${duration(left)} left`);
    if (detail !== undefined) parts.push(detail);
    this.#print(parts.join(', '));
  }

  note(line: string): void {
    if (this.#due()) this.#print(line);
  }

  succeed(line: string): void {
    this.#print(line);
  }

  [Symbol.dispose](): void {}

  #due(): boolean {
    const now = this.#estimate.elapsed();
    if (now - this.#last < interval) return false;
    this.#last = now;
    return true;
  }

  #print(text: string): void {
    process.stderr.write(`${this.#title}: ${text}\n`);
  }
}
