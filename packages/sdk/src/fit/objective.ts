import type { Schedule } from '../config/schedule.js';
import type { TrainingConfig } from '../config/training.js';
import { resized, sizeOfRegion } from '../config/region.js';
import { guarded } from '../core/failure.js';
import { trainingCore } from '../engine/load-core.js';

/** The scheduled values of a step. */
export interface ScheduledValues {
  /** Size of the region in its own unit. */
  readonly epsilon: number;
  readonly kappa: number;
  readonly beta: number;
  readonly learningRate: number;
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
    steps: whole(config.steps),
    certifiedSteps: whole(config.certifiedSteps),
  };
}

/** Whether a step bounds margins at all. */
export function bounds(config: TrainingConfig, { kappa }: ScheduledValues): boolean {
  return config.method !== 'natural' && kappa < 1;
}

/**
 * The core's objective of a step.
 * @param epoch from 0: the presentation that keys the draws
 * @param examples size of the batch, over which the loss is averaged
 */
export function objectiveOf(
  config: TrainingConfig,
  { epsilon, kappa, beta, steps, certifiedSteps }: ScheduledValues,
  epoch: number,
  examples: number,
): object {
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
  };
}
