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

export interface ActivityJob {
  readonly kind: 'activity';
  readonly examples: Examples;
  /** The core's options. */
  readonly options: object;
}

/** Sums over the examples. */
export interface ActivityOutcome {
  /** `[1 + layers, steps]`: of the input and of every layer with neurons. */
  readonly spikes: Float64Array;
  /** `[stages, steps]`: synaptic operations into every layer with neurons, and into a linear readout. */
  readonly operations: Float64Array;
  /** Per stage: operations of a step in which every input is on. */
  readonly synapses: Float64Array;
  /** Per stage: multiply-accumulates of a conventional layer. */
  readonly dense: Float64Array;
}

export interface TraceJob {
  readonly kind: 'trace';
  readonly examples: Examples;
  /** Layers with neurons. */
  readonly layers: number;
  /** The core's options. */
  readonly options: object;
}

/** Per layer with neurons, `[examples, steps, channels, height, width]` each. */
export interface TraceOutcome extends PredictOutcome {
  /** Empty for a layer that does not fire. */
  readonly spikes: readonly Uint8Array[];
  readonly membranes: readonly Float32Array[];
}

export interface SpikesJob {
  readonly kind: 'spikes';
  readonly examples: Examples;
  /** The core's options. */
  readonly options: object;
}

export interface StatesJob {
  readonly kind: 'states';
  readonly examples: Examples;
  /** Layers that fire. */
  readonly layers: number;
  /** Whether every neuron's state is asked for, or numbers alone. */
  readonly each: boolean;
  /** The core's options of a certificate. */
  readonly options: object;
}

/** What S-IBP knows of the layers that fire. */
export interface StatesOutcome {
  /** `[layers, steps]`: open neurons, summed over the examples. */
  readonly open: Float64Array;
  /** Per layer `[examples, steps, channels, height, width]`: 0 silent, 1 firing, 2 open; empty unless asked for. */
  readonly states: readonly Uint8Array[];
}

export interface SpikesOutcome {
  /** What the first layer sees, `[examples, steps, channels, height, width]`. */
  readonly spikes: Uint8Array;
}

export interface AttackJob {
  readonly kind: 'attack';
  readonly examples: Examples;
  /** Whether what is attacked are the spikes that a rate code draws. */
  readonly drawn: boolean;
  /** The core's options. */
  readonly options: object;
}

/** Arrays have one entry per example. */
export interface AttackOutcome {
  readonly fooled: Uint8Array;
  /** The least score margin seen inside the region. */
  readonly margins: Float32Array;
  readonly predictions: Uint8Array;
  readonly zeroGradient: Uint8Array;
  /** One adversarial input per fooled example, in their order. */
  readonly examples: Float32Array;
  /** The drawn spikes that they were made from, where a rate code draws them; else undefined. */
  readonly clean: Float32Array | undefined;
  /** Forward passes over one example each. */
  readonly passes: number;
}

/** A job over examples that do not hang on one another. */
export type ExamplesJob = PredictJob | CertifyJob | ActivityJob | TraceJob | StatesJob | SpikesJob | AttackJob;

/** Predicts inputs as they are: what stands in `examples` is pixels or spikes, whatever the network's encoding. */
export interface ScoresJob {
  readonly kind: 'scores';
  readonly examples: Examples;
  /** The core's options. */
  readonly options: object;
}

export type Job = GradientJob | ExamplesJob | ScoresJob;

/** What a job of each kind gives. */
interface Outcomes {
  readonly gradient: GradientOutcome;
  readonly predict: PredictOutcome;
  readonly certify: CertifyOutcome;
  readonly activity: ActivityOutcome;
  readonly trace: TraceOutcome;
  readonly spikes: SpikesOutcome;
  readonly attack: AttackOutcome;
  readonly scores: PredictOutcome;
  readonly states: StatesOutcome;
}

export type Outcome<J extends Job> = Outcomes[J['kind']];

/** A result with the bytes that the worker's core takes, or the error as plain data: comlink loses classes and codes. */
export type Reply<T> = { readonly value: T; readonly memory: number } | { readonly failure: Failure };

/** What a worker offers over comlink. */
export interface WorkerApi {
  /** Makes the worker's instance of a core, in the place of the one before and its replicas. */
  start(module: WebAssembly.Module): Reply<true>;
  run(model: ModelReference, job: Job): Reply<Outcome<Job>>;
  /** Frees the replica of a model. */
  drop(id: number): void;
}

/** {@link WorkerApi} as the other side of comlink sees it. */
export type RemoteWorker = {
  readonly [Name in keyof WorkerApi]: (...values: Parameters<WorkerApi[Name]>) => Promise<ReturnType<WorkerApi[Name]>>;
};
