import type { Network } from '../config/network.js';
import type { Failure } from '../core/failure.js';

/** The model a job speaks of. A worker keeps a replica per id and is sent what it lacks. */
export interface ModelReference {
  readonly id: number;
  readonly version: number;
  /** The network and the packed parameters; left out when the worker has this version. */
  readonly update?: { readonly network: Network; readonly slab: Float32Array };
}

/** Examples of a job, as in {@link Batch}. */
export interface Examples {
  readonly samples: Uint32Array;
  readonly images: Float32Array;
  readonly labels: Uint8Array;
}

/** A gradient summed over an aligned part of the merge tree. */
export interface GradientJob {
  readonly kind: 'gradient';
  readonly slices: readonly Examples[];
  /** The core's objective. */
  readonly objective: object;
  /** Shared memory for the gradient; without it the gradient is part of the outcome. */
  readonly target: Float32Array | undefined;
}

export interface GradientOutcome {
  /** Packed like the parameters; undefined when it is in the job's target. */
  readonly gradient: Float32Array | undefined;
  /** Per slice the core's sums. */
  readonly statistics: readonly Float64Array[];
}

export interface PredictJob {
  readonly kind: 'predict';
  readonly examples: Examples;
  /** The core's options. */
  readonly options: object;
}

export interface PredictOutcome {
  /** `[examples, classes]` */
  readonly scores: Float32Array;
}

export interface CertifyJob {
  readonly kind: 'certify';
  readonly examples: Examples;
  /** The core's options. */
  readonly options: object;
}

export interface CertifyOutcome extends PredictOutcome {
  /** Margins `[examples, classes - 1]`; `crown` is empty where it was not asked for. */
  readonly ibp: Float32Array;
  readonly crown: Float32Array;
}

export type Job = GradientJob | PredictJob | CertifyJob;

/** What a job of a kind gives. */
export type Outcome<J extends Job> = J extends GradientJob
  ? GradientOutcome
  : J extends CertifyJob
    ? CertifyOutcome
    : PredictOutcome;

/** A result with the bytes that the worker's core takes, or the error as plain data: comlink loses classes and codes. */
export type Reply<T> = { readonly value: T; readonly memory: number } | { readonly failure: Failure };

/** What a worker offers over comlink. */
export interface WorkerApi {
  /** Makes the worker's instance of the core. */
  start(module: WebAssembly.Module): Reply<true>;
  run(model: ModelReference, job: Job): Reply<Outcome<Job>>;
  /** Frees the replica of a model. */
  drop(id: number): void;
}

/** {@link WorkerApi} as the other side of comlink sees it. */
export type RemoteWorker = {
  readonly [Name in keyof WorkerApi]: (...values: Parameters<WorkerApi[Name]>) => Promise<ReturnType<WorkerApi[Name]>>;
};
