import type { Operations } from './activity.js';

/** What an operation costs, in picojoules. */
export interface EnergyFigures {
  /** An addition of a weight. */
  readonly accumulate: number;
  /** A multiplication and an addition. */
  readonly multiplyAccumulate: number;
  /** Where the figures are from. */
  readonly source: string;
}

/**
 * The figures that most publications on spiking networks reckon with: 32-bit floating point in 45 nm CMOS at 0.9 V, an
 * addition 0.9 pJ, a multiplication 3.7 pJ (Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC
 * 2014). They leave out memory, which costs more than arithmetic on most machines.
 */
export const horowitz45nm: EnergyFigures = Object.freeze({
  accumulate: 0.9,
  multiplyAccumulate: 4.6,
  source: '45 nm CMOS, 32-bit floating point: 0.9 pJ per AC, 4.6 pJ per MAC (Horowitz, ISSCC 2014)',
});

/**
 * Picojoules of the synaptic operations: an estimate that knows of nothing else.
 * @example
 * ```ts
 * import { activity, energy } from '@certispike/sdk';
 *
 *
 * const counted = await activity(engine, model, test, { limit: 4 });
 * const picojoules = energy(counted);
 * const dense = energy({ accumulates: 0, multiplyAccumulates: counted.dense }); // a conventional network of this shape
 * ```
 */
export function energy(operations: Operations, figures: EnergyFigures = horowitz45nm): number {
  const { accumulates, multiplyAccumulates } = operations;
  return accumulates * figures.accumulate + multiplyAccumulates * figures.multiplyAccumulate;
}
