import { PeerProcess } from './process.mjs';

/** A peer that is open, in a process of its own. */
export class Peer {
  /** @type {string} */
  name;
  /** Versions of what it is made of, by name. */
  versions;
  /** Measured rate of f32 matrix products in GFLOP/s with one thread and with all; undefined where it is not measured. */
  gemm;
  gemmAll;
  #process;
  #supports;

  /**
   * @param kind what kind of peer: `name`, `supports(workload)`, `launch({ directory, threads })` for the command of its
   *   process and `measures` for whether it measures matrix products
   * @throws PeerFailure when it does not start
   */
  static async open(kind, place) {
    const { command, args, env } = kind.launch(place);
    const started = new PeerProcess(kind.name, command, args, { env: { ...process.env, ...env } });
    try {
      const told = await started.ask({ command: 'open', gemm: kind.measures === true });
      return new Peer(kind, started, told);
    } catch (error) {
      await started.close();
      throw error;
    }
  }

  constructor({ name, supports }, started, { versions, gemm, gemmAll }) {
    Object.assign(this, { name, versions, gemm, gemmAll });
    this.#process = started;
    this.#supports = supports;
  }

  supports(workload) {
    return this.#supports(workload);
  }

  /** Reads the workload's files; `run` and `check` are about the workload prepared last. */
  async prepare(workload) {
    await this.#process.ask({ command: 'prepare', workload });
  }

  /** @returns milliseconds of each of some runs, measured where they run */
  run(count = 1) {
    return this.#process.ask({ command: 'run', count });
  }

  /**
   * The numbers for the draws in the batch's file, in the form of ours: `scores` [examples x classes], `sIbp` and `sCrown`
   * [examples x rivals] as Float32Array, `loss` and `gradientNorm` as numbers; those that the workload has.
   */
  async check() {
    const told = await this.#process.ask({ command: 'check' });
    const form = (value) => (Array.isArray(value) ? Float32Array.from(value.flat()) : value);
    return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, form(value)]));
  }

  close() {
    return this.#process.close();
  }
}
