import * as v from 'valibot';
import { check, fields, whole } from '../config/check.js';
import { mostStepsOf, trainingConfig, type TrainingConfig } from '../config/training.js';
import type { SourceRecord } from '../checkpoint/metadata.js';
import { type CheckpointStore, fileStore } from '../checkpoint/place.js';
import { checkSource } from '../data/batch.js';
import type { Source } from '../data/source.js';
import type { CoreModel } from '../engine/core-model.js';
import { CertispikeError } from '../error.js';
import type { CheckpointOptions, FitOptions } from './events.js';

/** A training that can begin: everything checked, nothing changed yet. */
export interface Plan {
  readonly model: CoreModel;
  readonly config: TrainingConfig;
  readonly train: Source;
  readonly validation: Source | undefined;
  readonly store: CheckpointStore | undefined;
  /** Steps between two checkpoints; 0 for the ends of epochs only. */
  readonly everySteps: number;
  readonly resume: boolean;
  readonly signal: AbortSignal | undefined;
  /** Examples of an epoch. */
  readonly examples: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

const checkpointSchema = v.union(
  [
    fields({ path: v.pipe(v.string(), v.nonEmpty()), everySteps: v.optional(whole(0), 0) }),
    fields({
      store: v.custom<CheckpointStore>((value) => typeof value === 'object' && value !== null && 'write' in value),
      everySteps: v.optional(whole(0), 0),
    }),
  ],
  'an object with a path (or a store), and everySteps from 0 up',
);

/** @throws CertispikeError `invalid-value`, `invalid-description`, `invalid-shape`, `unsupported` */
export function planned(model: CoreModel, train: Source, options: FitOptions): Plan {
  check('options', v.looseObject({}, 'an object'), options);
  const { validation, checkpoint, resume = false, signal, ...spec } = options;
  const config = trainingConfig(model.network, spec);
  const steps = mostStepsOf(config);
  checkSource('train', train, model.network, steps);
  if (validation !== undefined) checkSource('options.validation', validation, model.network, steps);
  else if (config.keep === 'best') {
    throw CertispikeError.expected('invalid-value', 'options.validation', "a source (keep is 'best')", validation);
  }
  if (resume && checkpoint === undefined) {
    throw CertispikeError.expected('invalid-value', 'options.checkpoint', 'a path (resume is true)', checkpoint);
  }
  const { store, everySteps } = checkpointPlan(checkpoint);
  const examples = Math.min(config.limit ?? train.length, train.length);
  const stepsPerEpoch = Math.ceil(examples / config.batchSize);
  const totalSteps = stepsPerEpoch * config.epochs;
  return { model, config, train, validation, store, everySteps, resume, signal, examples, stepsPerEpoch, totalSteps };
}

function checkpointPlan(checkpoint: CheckpointOptions | undefined): Pick<Plan, 'store' | 'everySteps'> {
  if (checkpoint === undefined) return { store: undefined, everySteps: 0 };
  const checked = check('options.checkpoint', checkpointSchema, checkpoint);
  return { store: 'path' in checked ? fileStore(checked.path) : checked.store, everySteps: checked.everySteps };
}

/** A data set as a checkpoint records it. */
export function sourceRecord({ name, length }: Source): SourceRecord {
  return { name, length };
}
