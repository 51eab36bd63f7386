import {
  type Engine,
  type EpochEvent,
  fit,
  type FitOptions,
  type FitResult,
  type Model,
  type StepEvent,
} from '@certispike/sdk';
import { augmented } from './augmentation.js';
import type { CheckpointFile } from './checkpoint-file.js';
import { percent } from './columns.js';
import type { TrainConfig } from './config/train.js';
import { unitOf } from './config/region.js';
import type { DataSet } from './data-set.js';
import type { Meter } from './progress/meter.js';

/** A training to run. */
export interface Training {
  readonly engine: Engine;
  readonly model: Model;
  readonly config: TrainConfig;
  readonly data: DataSet;
  readonly checkpoint: CheckpointFile;
  /** Whether to go on from the checkpoint; from the beginning when there is none. */
  readonly resume: boolean;
  readonly meter: Meter;
  readonly signal: AbortSignal;
  /** Called when an epoch is over, before its checkpoint is written, with the epoch's last step. */
  readonly onEpoch?: (epoch: EpochEvent, last: StepEvent) => Promise<void>;
}

/** What became of a training; errors are fractions of the validation examples. */
export interface TrainingRecord {
  readonly epochs: number;
  /** Optimiser steps. */
  readonly steps: number;
  /** Wall-clock time, earlier parts of a resumed training included. */
  readonly seconds: number;
  /** Of the weights that are kept; null when nothing was held out. */
  readonly validation: {
    readonly examples: number;
    readonly clean_error: number;
    readonly certified_error: number | null;
  } | null;
  readonly kept: 'last' | 'best';
}

/** Trains a model, reporting progress. */
export async function runTraining(training: Training): Promise<TrainingRecord> {
  const { engine, model, config, data, meter, onEpoch } = training;
  const events = fit(engine, model, await augmented(data.train, config), fitOptions(training));
  const unit = unitOf[config.region?.kind ?? 'linf'];
  let last: StepEvent | undefined;
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) return record(value);
    if (value.kind === 'step') {
      last = value;
      meter.update({
        fraction: value.step / value.totalSteps,
        secondsLeft: value.secondsLeft,
        detail: detail(value, unit),
      });
    } else if (value.kind === 'epoch') {
      if (last !== undefined) await onEpoch?.(value, last);
      if (value.validation === undefined) continue;
      const { epoch, epochs, loss, validation } = value;
      meter.note(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}, validation ${errors(validation)}`);
    }
  }
}

/** What the SDK's `fit` is asked for: the fields of the recipe that speak of the training itself. */
function fitOptions({ config, data, checkpoint, resume, signal }: Training): FitOptions {
  const { method, epochs, batchSize, slices, seed, limit, steps, trainingSteps, certifiedSteps } = config;
  const { region, epsilon, kappa, beta, learningRate, optimizer, gradientClip, logitScale, surrogate } = config;
  const { relaxation, coupling, keep, validateEvery, averaging, attack, share, regularisers } = config;
  return {
    ...{ method, epochs, batchSize, slices, seed, limit, steps: trainingSteps ?? steps, certifiedSteps },
    ...{ region, epsilon, kappa, beta, learningRate, optimizer, gradientClip, logitScale, surrogate },
    ...{ relaxation, coupling, keep, validateEvery, averaging, attack, share, regularisers },
    validation: data.validation.length > 0 ? data.validation : undefined,
    checkpoint,
    resume,
    signal,
  };
}

function detail(event: StepEvent, unit: string): string {
  const { epoch, loss, cleanError, certifiedError, adversarialError, epsilon, samplesPerSecond } = event;
  const robust = certifiedError !== undefined || adversarialError !== undefined;
  return [
    `epoch ${epoch}`,
    `loss ${loss.toFixed(3)}`,
    errors({ cleanError, certifiedError }),
    ...(adversarialError === undefined ? [] : [`attacked error ${percent(adversarialError)}`]),
    ...(!robust ? [] : [`${unit} ${Number(epsilon.toFixed(3))}`]),
    `${Math.round(samplesPerSecond)} images/s`,
  ].join(', ');
}

function errors({ cleanError, certifiedError }: { cleanError: number; certifiedError?: number | undefined }): string {
  const clean = `error ${percent(cleanError)}`;
  return certifiedError === undefined ? clean : `${clean}, certified error ${percent(certifiedError)}`;
}

function record({ epochs, steps, seconds, validation, best, kept }: FitResult): TrainingRecord {
  const measured = kept === 'best' ? best : validation;
  return {
    epochs,
    steps,
    seconds,
    validation:
      measured === undefined
        ? null
        : {
            examples: measured.examples,
            clean_error: measured.cleanError,
            certified_error: measured.certifiedError ?? null,
          },
    kept,
  };
}

/** The outcome in a few words. */
export function outcome({ steps, validation }: TrainingRecord): string {
  if (validation === null) return `${steps} steps`;
  const { clean_error: cleanError, certified_error: certifiedError } = validation;
  return `${steps} steps, validation ${errors({ cleanError, certifiedError: certifiedError ?? undefined })}`;
}
