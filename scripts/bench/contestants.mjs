import { createHash } from 'node:crypto';
import { createEngine, loadModel } from '@certispike/sdk';
import { WrongNumber } from './failure.mjs';
import { openTask } from './task.mjs';

/**
 * Ours on a number of workers: an engine of its own, so that its memory is what this workload takes. Every run has to
 * give the bits that the first contestant's first run gave.
 */
export class Ours {
  #engine;
  #model;
  #task;
  #workload;
  #expected;

  static async open(workload, path, batch, workers, expected) {
    const ours = new Ours();
    ours.#engine = await createEngine({ workers });
    ours.#model = await loadModel(ours.#engine, path);
    ours.#task = openTask(ours.#engine, ours.#model, workload, batch);
    ours.#workload = workload;
    ours.#expected = expected;
    return ours;
  }

  get label() {
    return String(this.#engine.workers);
  }

  /** Milliseconds of each of some runs. */
  async run(count = 1) {
    const times = [];
    const outcomes = [];
    while (times.length < count) {
      const start = performance.now();
      outcomes.push(await this.#task.run());
      times.push(performance.now() - start);
    }
    for (const outcome of outcomes) this.#recognise(outcome);
    return times;
  }

  /** What a run gives. */
  async outcome() {
    const outcome = await this.#task.run();
    this.#recognise(outcome);
    return outcome;
  }

  #recognise(outcome) {
    const bits = fingerprint(outcome);
    this.#expected.bits ??= bits;
    if (bits === this.#expected.bits) return;
    const run = `a run with ${this.label} worker${this.label === '1' ? '' : 's'}`;
    throw new WrongNumber(`${this.#workload.id}: ${run} gave other bits than the first run`);
  }

  /** Most bytes that the core of one worker has taken. */
  memory() {
    return Math.max(...this.#engine.memory().workers);
  }

  async close() {
    await this.#task.close();
    this.#model.free();
    await this.#engine.dispose();
  }
}

/** Hash of all numbers of an outcome. */
function fingerprint(outcome) {
  const hash = createHash('sha256');
  for (const [name, value] of Object.entries(outcome)) {
    hash.update(name).update(ArrayBuffer.isView(value) ? value : Float64Array.of(value));
  }
  return hash.digest('hex');
}
