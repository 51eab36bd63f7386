import { DatasetError } from '../error.js';

/** What to do with times of a fixed number of bits when they start again from 0. */
export type Overflow = 'error' | 'unwrap';

/** Makes times of `range` values, which may start again from 0, into times that go on. */
export class Clock {
  #base = 0;
  #last = 0;
  readonly #range: number;
  readonly #overflow: Overflow;
  readonly #file: string | undefined;

  constructor(range: number, overflow: Overflow, file: string | undefined) {
    this.#range = range;
    this.#overflow = overflow;
    this.#file = file;
  }

  /**
   * The time that goes on, for a time as stored. A fall of more than half the range is an overflow, a smaller one is
   * left for the reader to judge.
   * @throws DatasetError `events-overflow`
   */
  time(stored: number, offset: number): number {
    if (this.#last - stored > this.#range / 2) {
      if (this.#overflow === 'error') throw this.#refusal(stored, offset);
      this.#base += this.#range;
    }
    this.#last = stored;
    return this.#base + stored;
  }

  #refusal(stored: number, offset: number): DatasetError {
    return new DatasetError('events-overflow', {
      file: this.#file,
      offset,
      field: 'time',
      expected: `no overflow of ${Math.log2(this.#range)} bits`,
      received: `${stored} us after ${this.#last} us`,
      remedy: "With overflow: 'unwrap' (--reading overflow=unwrap) the times go on.",
    });
  }
}
