import { type Averaging, decayOf } from '../config/averaging.js';
import type { Average, TrainingModel } from '../core/bindings.js';
import { guarded, trainingCore } from '../engine/load-core.js';

/** The average of a training's weights, as its configuration asks for it. */
export class RunningAverage {
  readonly #averaging: Averaging;
  readonly #core: Average;

  /** @param length numbers of the packed weights */
  constructor(averaging: Averaging, length: number) {
    this.#averaging = averaging;
    this.#core = guarded(() => new (trainingCore().Average)(length));
  }

  /** Takes in the weights after the step that was made at `progress`, if it is time to. */
  stepped(model: TrainingModel, progress: number): void {
    if (progress >= this.#averaging.start) this.#core.update(model, decayOf(this.#averaging));
  }

  /** The packed average; undefined before the first step that counts. */
  values(): Float32Array | undefined {
    return this.count === 0 ? undefined : this.#core.values();
  }

  /** Steps that were taken in. */
  get count(): number {
    return this.#core.count;
  }

  restore(values: Float32Array, count: number): void {
    guarded(() => this.#core.restore(values, count));
  }

  free(): void {
    this.#core.free();
  }
}
