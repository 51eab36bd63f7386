import { encodedCheckpoint } from '../checkpoint/checkpoint.js';
import type { Metadata, TrainingState } from '../checkpoint/metadata.js';
import type { Optimiser, TrainingModel } from '../core/bindings.js';
import { failureOf, isBreaking } from '../core/failure.js';
import type { Batch } from '../data/source.js';
import type { Lease } from '../engine/core-model.js';
import { guarded } from '../engine/load-core.js';
import type { PoolEngine } from '../engine/pool-engine.js';
import { CertispikeError, reasonOf, throwIfAborted } from '../error.js';
import { loadFormats } from '../formats/load.js';
import { sumTree } from '../worker/tree.js';
import { Clock } from './clock.js';
import { epochBatches } from './epoch-batches.js';
import type { EpochEvent, FitEvent, FitResult, StepEvent } from './events.js';
import { gradientParts, type GradientParts, type Statistics } from './gradient.js';
import { objectiveOf, type Parts, partsOf, type ScheduledValues, scheduledValues } from './objective.js';
import { type Plan, sourceRecord } from './plan.js';
import { restore } from './resume.js';
import { RunningAverage } from './running-average.js';
import { StepMemory } from './step-memory.js';
import { means, noSums, summed } from './sums.js';
import { isBetter, validate } from './validate.js';

const beginning: TrainingState = {
  step: 0,
  epoch: 0,
  batch: 0,
  sums: noSums,
  seconds: 0,
  validation: null,
  best: null,
};

/** A training under way: the model's lease, the optimiser, and where it stands. */
export class Training {
  readonly #engine: PoolEngine;
  readonly #plan: Plan;
  readonly #clock = new Clock();
  #lease: Lease | undefined;
  #optimiser: Optimiser | undefined;
  #average: RunningAverage | undefined;
  readonly #memory: StepMemory;
  #state = beginning;
  /** Packed weights of the best validation, where they are kept. */
  #kept: Float32Array | undefined;
  /** Whether the state has moved on since the last checkpoint. */
  #unsaved = false;

  constructor(engine: PoolEngine, plan: Plan) {
    this.#engine = engine;
    this.#plan = plan;
    this.#memory = new StepMemory(plan.model.read((own) => own.slabLength));
  }

  /** Takes the model, and the state of the checkpoint when the training is resumed. */
  async begin(): Promise<void> {
    const { model, config, store, resume } = this.#plan;
    this.#lease = model.lendForWriting();
    try {
      throwIfAborted(this.#plan.signal);
      const training = await this.#engine.loadTraining();
      this.#lease.prepare(training);
      const length = model.read((own) => own.slabLength);
      this.#optimiser = guarded(() => new training.Optimiser(config.optimizer, length));
      if (config.averaging !== null) this.#average = new RunningAverage(config.averaging, length);
      const bytes = resume ? await store?.read() : undefined;
      if (bytes === undefined) return;
      await loadFormats();
      const restored = restore(bytes, this.#plan, this.#lease, this.#optimiser);
      this.#state = restored.state;
      this.#kept = restored.kept;
      if (restored.average !== undefined) this.#average?.restore(restored.average.values, restored.average.count);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** The rest of the training. */
  async *epochs(): AsyncGenerator<FitEvent> {
    const { config, stepsPerEpoch, everySteps, signal } = this.#plan;
    while (this.#state.epoch < config.epochs) {
      if (this.#state.batch < stepsPerEpoch) {
        let start = performance.now();
        for await (const batch of epochBatches(this.#plan, this.#state.epoch, this.#state.batch)) {
          throwIfAborted(signal);
          yield await this.#step(batch, start);
          if (everySteps > 0 && this.#state.step % everySteps === 0 && this.#state.batch < stepsPerEpoch) {
            yield* this.#saved();
          }
          start = performance.now();
        }
      }
      throwIfAborted(signal);
      yield await this.#endEpoch();
      yield* this.#saved();
    }
    const final = config.keep === 'best' && this.#kept !== undefined ? this.#kept : this.#average?.values();
    if (final !== undefined) this.#change((model) => model.setSlab(final));
  }

  result(): FitResult {
    const { epoch, step, seconds, validation, best } = this.#state;
    return {
      epochs: epoch,
      steps: step,
      seconds,
      ...(validation === null ? {} : { validation }),
      ...(best === null ? {} : { best }),
      kept: this.#plan.config.keep,
    };
  }

  /** Saves what is not saved yet, whyever the training ends here, and gives the model back. */
  async end(): Promise<void> {
    try {
      await this.#save();
    } finally {
      this.#release();
    }
  }

  async #step(batch: Batch, start: number): Promise<StepEvent> {
    const { config, model, totalSteps, signal } = this.#plan;
    const { step, epoch } = this.#state;
    const examples = batch.samples.length;
    const values = scheduledValues(config, step / totalSteps);
    const objective = objectiveOf(config, values, epoch, examples);
    const task = { model, batch, slices: config.slices, objective, memory: this.#memory };
    const computed = await gradientParts(this.#engine.pool, task, signal);
    const gradientNorm = this.#descend(computed, values.learningRate);
    const seconds = (performance.now() - start) / 1000;
    this.#advance(computed.statistics, partsOf(config, values), examples, seconds);
    return this.#stepEvent(computed.statistics, values, examples, gradientNorm);
  }

  /** Merges the parts and lets the optimiser take its step. */
  #descend({ parts, leaves }: GradientParts, learningRate: number): number {
    const { step } = this.#state;
    const { totalSteps, config } = this.#plan;
    return this.#change((model) => {
      const push = (leaf: number) => model.push(parts[leaf] as Float32Array);
      sumTree(leaves, parts.length, push, () => model.merge());
      try {
        const norm = this.#own(this.#optimiser).step(model, learningRate, config.gradientClip);
        this.#average?.stepped(model, step / totalSteps);
        return norm;
      } catch (error) {
        if (isBreaking(failureOf(error).code)) throw error;
        throw new CertispikeError('training-diverged', `step ${step + 1}: ${reasonOf(error)}`, { cause: error });
      }
    });
  }

  #advance(statistics: Statistics, parts: Parts, examples: number, seconds: number): void {
    const { sums, ...state } = this.#state;
    this.#clock.stepped(seconds);
    this.#unsaved = true;
    this.#state = {
      ...state,
      step: state.step + 1,
      batch: state.batch + 1,
      seconds: state.seconds + seconds,
      sums: { ...summed(sums, statistics, parts, examples), seconds: sums.seconds + seconds },
    };
  }

  #stepEvent(sums: Statistics, values: ScheduledValues, examples: number, gradientNorm: number): StepEvent {
    const { totalSteps, config } = this.#plan;
    return {
      kind: 'step',
      epoch: this.#state.epoch + 1,
      step: this.#state.step,
      totalSteps,
      ...means(summed(noSums, sums, partsOf(config, values), examples)),
      ...values,
      gradientNorm,
      samplesPerSecond: this.#clock.samplesPerSecond(examples),
      secondsLeft: this.#secondsLeft(),
    };
  }

  async #endEpoch(): Promise<EpochEvent> {
    const { config, totalSteps } = this.#plan;
    const epoch = this.#state.epoch + 1;
    const { sums } = this.#state;
    const validation = await this.#validated(epoch);
    const isBest = validation !== undefined && isBetter(validation, this.#state.best);
    if (isBest) {
      if (config.keep === 'best')
        this.#kept = this.#average?.values() ?? this.#plan.model.read((model) => model.slab());
      this.#state = { ...this.#state, best: { ...validation, epoch, step: this.#state.step } };
    }
    this.#state = { ...this.#state, epoch, batch: 0, sums: noSums, validation: validation ?? this.#state.validation };
    this.#unsaved = true;
    return {
      kind: 'epoch',
      epoch,
      epochs: config.epochs,
      step: this.#state.step,
      totalSteps,
      ...means(sums),
      samplesPerSecond: sums.examples / sums.seconds,
      secondsLeft: this.#secondsLeft(),
      ...(validation === undefined ? {} : { validation }),
      isBest,
    };
  }

  async #validated(epoch: number) {
    const { config, validation } = this.#plan;
    if (validation === undefined) return undefined;
    if (epoch % config.validateEvery !== 0 && epoch !== config.epochs) return undefined;
    const start = performance.now();
    const result = await this.#averaged(() => validate(this.#engine, this.#plan, validation));
    const seconds = (performance.now() - start) / 1000;
    this.#clock.validated(seconds);
    this.#state = { ...this.#state, seconds: this.#state.seconds + seconds };
    return result;
  }

  /** Runs `work` with the averaged weights in the model, where there are any. */
  async #averaged<T>(work: () => Promise<T>): Promise<T> {
    const average = this.#average?.values();
    if (average === undefined) return work();
    const own = this.#plan.model.read((model) => model.slab());
    this.#change((model) => model.setSlab(average));
    try {
      return await work();
    } finally {
      this.#change((model) => model.setSlab(own));
    }
  }

  #secondsLeft(): number {
    const { config, totalSteps, validation } = this.#plan;
    const { epoch, step } = this.#state;
    const validations = Math.ceil(config.epochs / config.validateEvery) - Math.floor(epoch / config.validateEvery);
    return this.#clock.secondsLeft(totalSteps - step, validation === undefined ? 0 : validations);
  }

  async *#saved(): AsyncGenerator<FitEvent> {
    const { store } = this.#plan;
    if (store === undefined) return;
    await this.#save();
    yield { kind: 'checkpoint', path: store.name, step: this.#state.step };
  }

  async #save(): Promise<void> {
    const { store, model, config, train, validation } = this.#plan;
    if (store === undefined || !this.#unsaved) return;
    // A store that fails is not asked again on the way out.
    this.#unsaved = false;
    const metadata: Metadata = {
      kind: 'training',
      network: model.network,
      training: {
        config,
        train: sourceRecord(train),
        validation: validation === undefined ? null : sourceRecord(validation),
        state: this.#state,
      },
    };
    await loadFormats();
    const values = this.#average?.values();
    const average = values && { values, count: this.#average?.count ?? 0 };
    const tensors = { optimiser: this.#own(this.#optimiser), kept: this.#kept, average };
    await store.write(model.read((own) => encodedCheckpoint(own, metadata, tensors)));
  }

  #change<T>(change: (model: TrainingModel) => T): T {
    return this.#own(this.#lease).change(change);
  }

  #own<T>(value: T | undefined): T {
    if (value === undefined) throw new CertispikeError('internal', 'training: expected one that has begun');
    return value;
  }

  #release(): void {
    this.#lease?.end();
    this.#optimiser?.free();
    this.#average?.free();
    this.#lease = undefined;
    this.#average = undefined;
    this.#optimiser = undefined;
  }
}
