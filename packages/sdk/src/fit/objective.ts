import type { Schedule } from '../config/schedule.js';
import type { TrainingConfig } from '../config/training.js';
import { needIntervals, type RegulariserWeights } from '../config/regularisers.js';
import { resized, sizeOfRegion } from '../config/region.js';
import { guarded, trainingCore } from '../engine/load-core.js';

/** The scheduled values of a step. */
export interface ScheduledValues {
  /** Size of the region in its own unit. */
  readonly epsilon: number;
  readonly kappa: number;
  readonly beta: number;
  readonly learningRate: number;
  /** The size of sabr's small region, or the share of mtl-ibp's bound. */
  readonly share: number;
  readonly regularisers: RegulariserWeights;
  /** Time steps of the natural loss. */
  readonly steps: number;
  /** Time steps of the bounds. */
  readonly certifiedSteps: number;
}

/** @param progress step / total steps, 0 to 1 */
export function scheduledValues(config: TrainingConfig, progress: number): ScheduledValues {
  const at = (schedule: Schedule) => guarded(() => trainingCore().schedule(schedule, progress));
  const whole = (given: number | Schedule) => (typeof given === 'number' ? given : Math.round(at(given)));
  return {
    epsilon: sizeOfRegion(resized(config.region, at(config.epsilon))),
    kappa: at(config.kappa),
    beta: at(config.beta),
    learningRate: at(config.learningRate),
    share: at(config.share),
    regularisers: {
      growth: at(config.regularisers.growth),
      balance: at(config.regularisers.balance),
      stability: at(config.regularisers.stability),
      guard: at(config.regularisers.guard),
    },
    steps: whole(config.steps),
    certifiedSteps: whole(config.certifiedSteps),
  };
}

/** What a step computes besides the natural loss. */
export interface Parts {
  /** Whether margins are bounded. */
  readonly bounds: boolean;
  /** Whether there is a loss at adversarial points. */
  readonly attacks: boolean;
}

export function partsOf({ method }: TrainingConfig, { kappa, share, regularisers }: ScheduledValues): Parts {
  const robust = kappa < 1;
  const mixed = method === 'mtl-ibp';
  const canBound = method !== 'natural' && method !== 'adversarial';
  return {
    bounds: canBound && ((robust && !(mixed && share === 0)) || needIntervals(regularisers)),
    attacks: robust && (method === 'adversarial' || (mixed && share < 1)),
  };
}

/**
 * The core's objective of a step.
 * @param epoch from 0: the presentation that keys the draws
 * @param examples size of the batch, over which the loss is averaged
 */
export function objectiveOf(
  config: TrainingConfig,
  { epsilon, kappa, beta, steps, certifiedSteps, share, regularisers }: ScheduledValues,
  epoch: number,
  examples: number,
): object {
  const { tolerance, guardWidth } = config.regularisers;
  const { iterations, stepSize, randomStart } = config.attack;
  const { method, seed, logitScale, relaxation, coupling, surrogate } = config;
  return {
    method,
    steps,
    certifiedSteps,
    seed,
    presentation: epoch,
    region: resized(config.region, epsilon),
    kappa,
    beta,
    scale: logitScale,
    denominator: examples,
    relaxation,
    coupling,
    surrogate,
    adversary: { iterations, stepSize, randomStart },
    share,
    regularisers: { ...regularisers, tolerance, guardWidth },
  };
}
