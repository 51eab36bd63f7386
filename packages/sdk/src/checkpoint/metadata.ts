import * as v from 'valibot';
import { check, whole } from '../config/check.js';
import { type Network, network } from '../config/network.js';
import type { TrainingConfig } from '../config/training.js';
import { Checkpoint } from '../core/bindings.js';
import { guarded } from '../core/failure.js';
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
  readonly correct: number;
  readonly certified: number;
  /** Examples whose margins were bounded. */
  readonly bounded: number;
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

const metadataSchema = v.looseObject({
  format: v.literal('certispike', "'certispike'"),
  version: whole(formVersion, formVersion),
  kind: v.picklist(['model', 'training'], "'model' or 'training'"),
  network: v.looseObject({}, 'a network'),
  notes: v.optional(v.looseObject({}, 'an object')),
  training: v.optional(v.looseObject({}, 'an object')),
});

/** The JSON of a checkpoint's header. */
export function encodedMetadata(metadata: Metadata): string {
  return JSON.stringify({ format: 'certispike', version: formVersion, ...metadata });
}

/**
 * Opens a checkpoint, hands it over with its metadata, and frees it.
 * @param name what the checkpoint is called in messages
 * @throws CertispikeError `invalid-checkpoint`
 */
export function withCheckpoint<T>(
  name: string,
  bytes: Uint8Array,
  use: (checkpoint: Checkpoint, metadata: Metadata) => T,
): T {
  return named(name, () => {
    const checkpoint = guarded(() => new Checkpoint(bytes));
    try {
      return use(checkpoint, decodedMetadata(checkpoint.metadata));
    } finally {
      checkpoint.free();
    }
  });
}

function decodedMetadata(json: string): Metadata {
  try {
    const metadata = check('metadata', metadataSchema, JSON.parse(json));
    // Its own fields were written by this package with its checks; a foreign writer's are checked where they are used.
    return { ...metadata, network: network(metadata.network as unknown as Network) } as Metadata;
  } catch (error) {
    throw new CertispikeError('invalid-checkpoint', `checkpoint: ${reasonOf(error)}`, { cause: error });
  }
}

function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CertispikeError) || error.code !== 'invalid-checkpoint') throw error;
    throw new CertispikeError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
