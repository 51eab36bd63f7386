import type { EpochSums } from '../checkpoint/metadata.js';
import { added, noStatistics, type Statistics } from './gradient.js';
import type { Parts } from './objective.js';

export const noSums: EpochSums = { ...noStatistics, examples: 0, bounded: 0, attacked: 0, seconds: 0 };

/** Sums with those of a step added. */
export function summed(sums: EpochSums, step: Statistics, { bounds, attacks }: Parts, examples: number): EpochSums {
  return {
    ...added(sums, step),
    examples: sums.examples + examples,
    bounded: sums.bounded + (bounds ? examples : 0),
    attacked: sums.attacked + (attacks ? examples : 0),
    seconds: sums.seconds,
  };
}

/** Means over examples. What no step computed is left out. */
export interface Means {
  /** What the optimiser lowers: all parts with their shares, and what the regularisers add. */
  readonly loss: number;
  /** Cross entropy of the scores. */
  readonly naturalLoss: number;
  /** Cross entropy of the margins' bounds. */
  readonly certifiedLoss?: number;
  /** Cross entropy at the adversarial points. */
  readonly adversarialLoss?: number;
  /** What the regularisers add to the loss. */
  readonly regularisation: number;
  /** Share without strictly the largest score for the label, on the draws trained on. */
  readonly cleanError: number;
  /** Share not certified by the bounds trained: at `epsilon`, for sabr around the adversarial points. */
  readonly certifiedError?: number;
  /** Share without strictly the largest score for the label at the adversarial points. */
  readonly adversarialError?: number;
}

/** @param sums over at least one example */
export function means(sums: EpochSums): Means {
  const { examples, bounded, attacked } = sums;
  return {
    loss: sums.loss / examples,
    naturalLoss: sums.naturalLoss / examples,
    regularisation: sums.regularisation / examples,
    cleanError: (examples - sums.correct) / examples,
    ...(bounded > 0 && {
      certifiedLoss: sums.certifiedLoss / bounded,
      certifiedError: (bounded - sums.certified) / bounded,
    }),
    ...(attacked > 0 && {
      adversarialLoss: sums.adversarialLoss / attacked,
      adversarialError: (attacked - sums.robust) / attacked,
    }),
  };
}
