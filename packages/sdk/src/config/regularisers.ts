import * as v from 'valibot';
import { fields, number } from './check.js';
import { type Schedule, scheduled } from './schedule.js';

/**
 * What is added to the loss so that neurons are decided and stay so, as means over the neurons that fire and the steps.
 * Usually active while the region grows and gone at the end: `schedules.linear(0.5, 0, 0.3, 0.7)`.
 */
export interface Regularisers {
  /** Weight of the growth of intervals over layers and steps beyond those of the input (after Shi et al. 2021). */
  readonly growth: Schedule;
  /** Weight of the imbalance of neurons above and below their thresholds: keeps layers from falling silent (after Shi et
   *  al. 2021). */
  readonly balance: Schedule;
  /** Weight of how open intervals are: pushes both ends to one side of the threshold (after Xiao et al. 2019). */
  readonly stability: Schedule;
  /** Weight of membranes near their thresholds, of the network as it runs (after Threshold Guarding, arXiv 2602.20548). */
  readonly guard: Schedule;
  /** For growth and balance: the share, in (0, 1], above which nothing is penalised. */
  readonly tolerance: number;
  /** For guard: the distance from the threshold within which membranes are penalised. */
  readonly guardWidth: number;
}

/** Regularisers with those left out that weigh nothing; tolerance 0.5 and guardWidth 0.1 unless given. */
export interface RegularisersSpec extends Partial<
  Readonly<Record<'growth' | 'balance' | 'stability' | 'guard', number | Schedule>>
> {
  readonly tolerance?: number;
  readonly guardWidth?: number;
}

/** The weights at a step. */
export interface RegulariserWeights {
  readonly growth: number;
  readonly balance: number;
  readonly stability: number;
  readonly guard: number;
}

const weight = () => v.optional(scheduled(0, 1e6), 0);

export const regularisersSchema = fields({
  growth: weight(),
  balance: weight(),
  stability: weight(),
  guard: weight(),
  tolerance: v.optional(number(1e-6, 1), 0.5),
  guardWidth: v.optional(number(1e-6, 1e6), 0.1),
});

/** Whether intervals have to be bounded for them. */
export const needIntervals = ({ growth, balance, stability }: RegulariserWeights): boolean =>
  growth + balance + stability > 0;
