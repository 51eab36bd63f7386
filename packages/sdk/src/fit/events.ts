import type { RegulariserWeights } from '../config/regularisers.js';
import type { TrainingSpec } from '../config/training.js';
import type { BestValidation, Validation } from '../checkpoint/metadata.js';
import type { CheckpointStore } from '../checkpoint/place.js';
import type { Source } from '../data/source.js';
import type { Means } from './sums.js';

/** How to train: what is computed ({@link TrainingSpec}), and what surrounds it. */
export interface FitOptions extends TrainingSpec {
  /** Examples to validate on, never those of the test set. */
  readonly validation?: Source;
  /** Where to keep the state, and after how many steps besides the end of every epoch. */
  readonly checkpoint?: CheckpointOptions;
  /**
   * Go on from the checkpoint; the end is the same, bit for bit, as without the interruption. From the beginning when
   * there is none yet. The configuration and the data have to be the same.
   */
  readonly resume?: boolean;
  /** Stops after the step in hand; a checkpoint is written first, where one is kept. */
  readonly signal?: AbortSignal;
}

/** A file (Node), or a store of your own; `everySteps` 0 (the default) for the ends of epochs alone. */
export type CheckpointOptions =
  | { readonly path: string; readonly everySteps?: number }
  | { readonly store: CheckpointStore; readonly everySteps?: number };

/** A step of the optimiser was made. Loss and errors are those of its batch, before the step. */
export interface StepEvent extends Means {
  readonly kind: 'step';
  /** From 1. */
  readonly epoch: number;
  /** Steps made, from 1 to `totalSteps`. */
  readonly step: number;
  readonly totalSteps: number;
  /** Size of the region in its own unit. */
  readonly epsilon: number;
  readonly kappa: number;
  readonly beta: number;
  readonly learningRate: number;
  /** The size of sabr's small region as a share, or the share of mtl-ibp's bound. */
  readonly share: number;
  readonly regularisers: RegulariserWeights;
  /** Time steps of the natural loss. */
  readonly steps: number;
  /** Time steps of the bounds. */
  readonly certifiedSteps: number;
  /** Euclidean norm, before clipping. */
  readonly gradientNorm: number;
  readonly samplesPerSecond: number;
  /** Estimate, validations included. */
  readonly secondsLeft: number;
}

/** An epoch is over. Loss and errors are means over its steps, while the weights were changing. */
export interface EpochEvent extends Means {
  readonly kind: 'epoch';
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly totalSteps: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
  /** Present when this epoch was validated. */
  readonly validation?: Validation;
  /** Whether that validation is the best so far. */
  readonly isBest: boolean;
}

/** A checkpoint was written. */
export interface CheckpointEvent {
  readonly kind: 'checkpoint';
  /** The path, or the name of the store. */
  readonly path: string;
  readonly step: number;
}

/** What {@link fit} reports. */
export type FitEvent = StepEvent | EpochEvent | CheckpointEvent;

/** How a training ended. */
export interface FitResult {
  readonly epochs: number;
  /** Optimiser steps in all. */
  readonly steps: number;
  /** Wall-clock time, earlier parts of a resumed training included. */
  readonly seconds: number;
  /** The last validation. */
  readonly validation?: Validation;
  /** The best validation: the lowest certified error (clean error in natural training), then clean error, then the first. */
  readonly best?: BestValidation;
  /** Which weights the model has. */
  readonly kept: 'last' | 'best';
}
