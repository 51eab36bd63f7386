import { say } from '../output.js';
import { createMeter } from '../progress/create.js';
import { duration } from '../progress/duration.js';
import { Estimate } from '../progress/estimate.js';
import type { Meter, Progress } from '../progress/meter.js';

/** The stages of a run, announced one by one with the time left of all. */
export class Stages {
  readonly #costs: readonly number[];
  readonly #quiet: boolean;
  /** Stages begun or kept so far. */
  #begun = 0;
  /** Cost and seconds of those that were run. */
  #spent = { cost: 0, seconds: 0 };

  /** @param costs of every stage in order, in any unit */
  constructor(costs: readonly number[], quiet: boolean) {
    this.#costs = costs;
    this.#quiet = quiet;
  }

  /** Begins the next stage; its meter shows the time left of the stage and of the whole run. */
  begin(title: string): Meter {
    const cost = this.#costs[this.#begun] ?? 0;
    this.#begun += 1;
    const later = this.#costs.slice(this.#begun).reduce((sum, next) => sum + next, 0);
    const meter = createMeter(`[${this.#begun}/${this.#costs.length}] ${title}`, this.#quiet);
    const estimate = new Estimate();
    let first: number | undefined;
    return {
      update: (progress) => {
        first ??= progress.fraction;
        const done = this.#spent.cost + cost * (progress.fraction - first);
        const seconds = this.#spent.seconds + estimate.elapsed();
        const left = progress.secondsLeft ?? estimate.secondsLeft(progress.fraction);
        const all = left === undefined || done === 0 ? undefined : left + (later * seconds) / done;
        meter.update(all === undefined ? progress : withTotal(progress, all));
      },
      note: (line) => meter.note(line),
      succeed: (line) => {
        const share = 1 - (first ?? 0);
        this.#spent = { cost: this.#spent.cost + cost * share, seconds: this.#spent.seconds + estimate.elapsed() };
        meter.succeed(line);
      },
      [Symbol.dispose]: () => meter[Symbol.dispose](),
    };
  }

  /** Passes over a stage whose result an earlier run left. */
  keep(title: string): void {
    this.#begun += 1;
    if (!this.#quiet) say(`[${this.#begun}/${this.#costs.length}] ${title}: kept from an earlier run`);
  }
}

function withTotal(progress: Progress, secondsLeft: number): Progress {
  const total = `${duration(secondsLeft)} in all`;
  return { ...progress, detail: progress.detail === undefined ? total : `${total}, ${progress.detail}` };
}
