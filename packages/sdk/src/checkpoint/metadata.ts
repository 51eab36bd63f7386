import * as v from 'valibot';
import { anyNumber, check, number, whole } from '../config/check.js';
import { type Network, network } from '../config/network.js';
import { earlierChoices, type TrainingConfig } from '../config/training.js';
import { CertispikeError, reasonOf } from '../error.js';

/** Version of the form below. */
const formVersion = 1;

/** What a checkpoint says besides its tensors; JSON in the header of the safetensors file. */
export interface Metadata {
  /** `model`: weights; `training`: also what it takes to go on with a training. */
  readonly kind: 'model' | 'training';
  readonly network: Network;
  /** What the writer of a model added. */
  readonly notes?: Readonly<Record<string, unknown>>;
  readonly training?: TrainingRecord;
}

/** A data set as a checkpoint records it. */
export interface SourceRecord {
  readonly name: string;
  readonly length: number;
}

/** A training that can be resumed. */
export interface TrainingRecord {
  readonly config: TrainingConfig;
  readonly train: SourceRecord;
  readonly validation: SourceRecord | null;
  readonly state: TrainingState;
}

/** Sums over the examples of an epoch. */
export interface EpochSums {
  readonly examples: number;
  readonly loss: number;
  readonly naturalLoss: number;
  readonly certifiedLoss: number;
  readonly adversarialLoss: number;
  readonly regularisation: number;
  readonly correct: number;
  readonly certified: number;
  /** Examples that are correct at their adversarial point. */
  readonly robust: number;
  /** Examples whose margins were bounded. */
  readonly bounded: number;
  /** Examples with a loss at an adversarial point. */
  readonly attacked: number;
  readonly seconds: number;
}

/** How well a model did on the validation set. */
export interface Validation {
  readonly examples: number;
  readonly cleanError: number;
  /** At the final epsilon, by the bounds the method trains; absent in natural training. */
  readonly certifiedError?: number;
  readonly epsilon?: number;
}

/** A validation and when it was. */
export interface BestValidation extends Validation {
  /** From 1. */
  readonly epoch: number;
  /** Optimiser steps made until then. */
  readonly step: number;
}

/** Where a training stands. Together with the seed it is the state of every generator: draws are keyed by epoch. */
export interface TrainingState {
  /** Optimiser steps made. */
  readonly step: number;
  /** Epochs completed, validation included. */
  readonly epoch: number;
  /** Batches of the present epoch that are done. */
  readonly batch: number;
  readonly sums: EpochSums;
  /** Wall-clock time of the training so far. */
  readonly seconds: number;
  readonly validation: Validation | null;
  readonly best: BestValidation | null;
}

const sourceSchema = v.looseObject({ name: v.string('a name'), length: whole(0) }, 'a data set');
const share = number(0, 1);
const validation = {
  examples: whole(1),
  cleanError: share,
  certifiedError: v.optional(share),
  epsilon: v.optional(number(0)),
};

const trainingSchema = v.looseObject(
  {
    config: v.looseObject({ keep: v.picklist(['last', 'best'], "'last' or 'best'") }, 'a configuration'),
    train: sourceSchema,
    validation: v.nullable(sourceSchema),
    state: v.looseObject(
      {
        step: whole(0),
        epoch: whole(0),
        batch: whole(0),
        sums: v.looseObject(
          {
            examples: whole(0),
            loss: anyNumber(),
            // Earlier versions did not keep all of these.
            naturalLoss: v.optional(anyNumber(), 0),
            certifiedLoss: v.optional(anyNumber(), 0),
            adversarialLoss: v.optional(anyNumber(), 0),
            regularisation: v.optional(anyNumber(), 0),
            correct: whole(0),
            certified: whole(0),
            robust: v.optional(whole(0), 0),
            bounded: whole(0),
            attacked: v.optional(whole(0), 0),
            seconds: number(0),
          },
          'sums',
        ),
        seconds: number(0),
        validation: v.nullable(v.looseObject(validation, 'a validation')),
        best: v.nullable(v.looseObject({ ...validation, epoch: whole(1), step: whole(1) }, 'a validation')),
      },
      'a state',
    ),
  },
  'the record of a training',
);

const metadataSchema = v.looseObject({
  format: v.literal('certispike', "'certispike'"),
  version: whole(formVersion, formVersion),
  kind: v.picklist(['model', 'training'], "'model' or 'training'"),
  network: v.looseObject({}, 'a network'),
  notes: v.optional(v.looseObject({}, 'an object')),
  training: v.optional(trainingSchema),
});

/** The JSON of a checkpoint's header. */
export function encodedMetadata(metadata: Metadata): string {
  return JSON.stringify({ format: 'certispike', version: formVersion, ...metadata });
}

/**
 * {@link encodedMetadata} read back.
 * @throws CertispikeError `invalid-checkpoint`
 */
export function decodedMetadata(json: string): Metadata {
  try {
    const metadata = check('metadata', metadataSchema, JSON.parse(json));
    // The configuration is compared with one that was checked before anything is done with it.
    const { training } = metadata;
    return {
      ...metadata,
      network: network(metadata.network as unknown as Network),
      ...(training && {
        training: { ...training, config: { ...earlierChoices(training.config), ...training.config } },
      }),
    } as unknown as Metadata;
  } catch (error) {
    throw new CertispikeError('invalid-checkpoint', `checkpoint: ${reasonOf(error)}`, { cause: error });
  }
}
