/**
 * Spiking neural networks that are provably robust: descriptions of networks, training, certificates, attacks, files.
 *
 * In the examples `engine` is what {@link createEngine} gave, `model` a network with a rate code that it made, and `train`
 * and `test` are sources of images, as {@link arrays} or the package `@certispike/datasets` make them.
 * @module @certispike/sdk
 */

export { type ErrorCode, CertispikeError, isCertispikeError } from './error.js';
export { sdkVersion } from './version.js';

export type { Constant, Neuron } from './config/neuron.js';
export {
  avgPool2d,
  type AvgPool2dLayer,
  conv2d,
  type Conv2dLayer,
  type Conv2dOptions,
  isPool,
  type Layer,
  linear,
  type LinearLayer,
  type Pool2dOptions,
  type PoolLayer,
  type PoolWindow,
  type Sides,
  sumPool2d,
  type SumPool2dLayer,
} from './config/layers.js';
export { direct, type ImageShape, type Input, rate, spikes } from './config/input.js';
export { network, type Network, type NetworkSpec, type Readout } from './config/network.js';
export { paper, type PaperOptions } from './config/paper.js';
export {
  flips,
  type FlipsOptions,
  type FlipsRegion,
  isWorstCase,
  linf,
  type LinfRegion,
  type Region,
  sampled,
  type SampledRegion,
  shift,
  type ShiftRegion,
} from './config/region.js';
export type { Adversary, AdversarySpec } from './config/adversary.js';
export type { Averaging, AveragingSpec } from './config/averaging.js';
export type { Regularisers, RegularisersSpec, RegulariserWeights } from './config/regularisers.js';
export { type Ramp, type Schedule, schedules } from './config/schedule.js';
export type { Method, Optimizer, OptimizerSpec, Surrogate, TrainingConfig, TrainingSpec } from './config/training.js';
export type { Bound, CertifyOptions, Progress, RunOptions } from './config/certification.js';

export {
  type AttackLoss,
  type AttackMethod,
  type AttackMethodName,
  type AttackMethodSpec,
  type AttackOptions,
  type AttackProgress,
  type AttackStage,
  type AttackStageSpec,
  type Draws,
  methodNames as attackMethods,
  type Targets,
} from './config/attack.js';

export { arrays, type Arrays } from './data/arrays.js';
export type { Batch, BatchOptions, Source } from './data/source.js';

export type { Engine, EngineMemory, EngineOptions, ModelOptions } from './engine/engine.js';
export type { TensorInfo } from './core/tensors.js';
export type { Model } from './engine/model.js';
export { createEngine } from './engine/pool-engine.js';

export type {
  BestValidation,
  EpochSums,
  Metadata,
  SourceRecord,
  TrainingRecord,
  TrainingState,
  Validation,
} from './checkpoint/metadata.js';
export type { CheckpointStore } from './checkpoint/place.js';
export {
  describeCheckpoint,
  inspectCheckpoint,
  loadModel,
  type LoadOptions,
  modelFromBytes,
  modelToBytes,
  saveModel,
  type SaveOptions,
} from './checkpoint/model-file.js';

export { activity, type ActivityResult, type LayerActivity, type Operations } from './certify/activity.js';
export { certify, type CertifyResult, type ExampleResults } from './certify/certify.js';
export { energy, type EnergyFigures, horowitz45nm } from './certify/energy.js';
export { evaluate, type EvaluateResult } from './certify/evaluate.js';
export { inputSpikes, type InputSpikes } from './certify/input-spikes.js';
export {
  type LayerStates,
  type OpenLayer,
  openNeurons,
  type OpenNeurons,
  type OpenOptions,
  openStates,
  type OpenStates,
} from './certify/open.js';
export { type LayerTrace, trace, type TraceResult } from './certify/trace.js';
export { type ExampleKey, regionContains, regionSample } from './certify/perturbation.js';
export type { AdversarialExample, AdversarialSet } from './attack/adversarial.js';
export {
  adversarialFromBytes,
  adversarialToBytes,
  loadAdversarial,
  saveAdversarial,
  type SaveAdversarialOptions,
  type StoredAdversarial,
} from './attack/adversarial-file.js';
export { attack, type AttackedExamples, type AttackResult, noStage, type StageResult } from './attack/attack.js';
export { audit, type BrokenBound, type Contradiction, describeContradiction } from './attack/audit.js';
export { attackStages } from './attack/ensemble.js';
export { fingerprint } from './attack/fingerprint.js';
export { replay, type ReplayResult } from './attack/replay.js';
export type {
  CheckpointEvent,
  CheckpointOptions,
  EpochEvent,
  FitEvent,
  FitOptions,
  FitResult,
  StepEvent,
} from './fit/events.js';
export { fit } from './fit/fit.js';
