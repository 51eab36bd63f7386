import ora, { type Ora } from 'ora';
import { duration } from './duration.js';
import { Estimate } from './estimate.js';
import type { Meter, Progress } from './meter.js';

const width = 16;

/** A progress bar with the time left, redrawn in place on a terminal. */
export class BarMeter implements Meter {
  readonly #title: string;
  readonly #spinner: Ora;
  readonly #estimate = new Estimate();

  constructor(title: string) {
    this.#title = title;
    // ora would otherwise put the terminal into raw mode and swallow Ctrl-C while a batch is computed.
    this.#spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start();
  }

  update({ fraction, detail, secondsLeft }: Progress): void {
    const done = Math.round(width * Math.min(1, Math.max(0, fraction)));
    const bar = '█'.repeat(done) + '░'.repeat(width - done);
    const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
    const left = secondsLeft ?? this.#estimate.secondsLeft(fraction);
    // What matters most comes first: the end of the line is cut off where the terminal is narrow.
    const parts = [`${bar} ${percent}`];
    if (left !== undefined) parts.push(`${duration(left)} left`);
    parts.push(this.#title);
    if (detail !== undefined) parts.push(detail);
    const text = parts.join('  ');
    // A line longer than the terminal wraps and cannot be redrawn in place.
    this.#spinner.text = text.slice(0, Math.max(20, process.stderr.columns - 4));
  }

  note(line: string): void {
    const text = this.#spinner.text;
    this.#spinner.stopAndPersist({ symbol: ' ', text: line }).start(text);
  }

  succeed(line: string): void {
    this.#spinner.succeed(`${this.#title}: ${line}`);
  }

  [Symbol.dispose](): void {
    this.#spinner.stop();
  }
}
