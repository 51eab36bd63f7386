import type * as core from '../core/bindings.js';
import { type TensorInfo, tensorsOf } from '../core/tensors.js';
import { classesOf, type Network } from '../config/network.js';
import { CertispikeError } from '../error.js';
import { sharedFloats } from '../platform/shared.js';
import type { PooledModel } from '../pool/task.js';
import { core as currentCore, guarded } from './load-core.js';
import type { Model } from './model.js';

let models = 0;

/** The authoritative parameters of a model on the calling thread; workers hold replicas of a numbered version. */
export class CoreModel implements Model, PooledModel {
  readonly id = (models += 1);
  readonly network: Network;
  readonly classes: number;
  version = 0;
  #core: core.Model;
  /** The same, once it has moved to where it can be trained. */
  #trainable: core.TrainingModel | undefined;
  readonly #onFree: (model: CoreModel) => void;
  #readers = 0;
  #writes = false;
  #freed = false;
  #slab: Float32Array | undefined;
  /** The version that `#slab` holds. */
  #published = -1;

  constructor(network: Network, onFree: (model: CoreModel) => void) {
    this.network = network;
    this.classes = classesOf(network);
    this.#core = guarded(() => new (currentCore().Model)(network));
    this.#onFree = onFree;
  }

  get parameterCount(): number {
    return this.#alive().parameterCount;
  }

  tensors(): readonly TensorInfo[] {
    return this.read(tensorsOf);
  }

  tensor(name: string): Float32Array {
    return guarded(() => this.#alive().tensor(name));
  }

  setTensor(name: string, values: Float32Array): void {
    this.write((model) => model.setTensor(name, values));
  }

  free(): void {
    if (this.#freed) return;
    this.#refuseWhen(this.#writes || this.#readers > 0);
    this.discard();
  }

  [Symbol.dispose](): void {
    this.free();
  }

  /** Frees the model although calls that failed with its engine may still hold it. */
  discard(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#onFree(this);
    try {
      this.#core.free();
    } catch {
      // A call that broke its core holds it for ever; it goes with that core.
    }
  }

  /** What a worker needs that lacks the present version. */
  update(): { readonly network: Network; readonly slab: Float32Array } {
    return { network: this.network, slab: this.#publish() };
  }

  /** Changes the parameters, so that workers have to be sent the new version. */
  write<T>(change: (model: core.Model) => T): T {
    this.#refuseWhen(this.#writes || this.#readers > 0);
    return this.#change(this.#alive(), change);
  }

  /** Looks at the core's model without changing the parameters. */
  read<T>(look: (model: core.Model) => T): T {
    return guarded(() => look(this.#alive()));
  }

  /** Keeps the parameters as they are until the returned function is called. */
  lendForReading(): () => void {
    this.#alive();
    this.#refuseWhen(this.#writes);
    this.#readers += 1;
    return once(() => (this.#readers -= 1));
  }

  /** Gives one caller alone the right to the parameters until the lease ends. */
  lendForWriting(): Lease {
    this.#alive();
    this.#refuseWhen(this.#writes || this.#readers > 0);
    this.#writes = true;
    return {
      prepare: (training) => this.#move(training),
      change: (change) => this.#change(this.#prepared(), change),
      end: once(() => (this.#writes = false)),
    };
  }

  #change<M, T>(model: M, change: (model: M) => T): T {
    this.version += 1;
    return guarded(() => change(model));
  }

  /** Moves the parameters, bit by bit as they are, to the core that trains. */
  #move(training: core.TrainingCore): void {
    const model = this.#alive();
    if (this.#trainable instanceof training.Model) return;
    const moved = guarded(() => {
      const empty = new training.Model(this.network);
      empty.setSlab(model.slab());
      return empty;
    });
    model.free();
    this.#core = this.#trainable = moved;
  }

  #prepared(): core.TrainingModel {
    this.#alive();
    if (this.#trainable === undefined)
      throw new CertispikeError('internal', 'model: expected one prepared for training');
    return this.#trainable;
  }

  #publish(): Float32Array {
    const model = this.#alive();
    if (this.#slab === undefined || this.#published !== this.version) {
      // Memory of one thread is copied by the message that carries it.
      this.#slab ??= sharedFloats(model.slabLength) ?? new Float32Array(model.slabLength);
      model.slabInto(this.#slab);
      this.#published = this.version;
    }
    return this.#slab;
  }

  #alive(): core.Model {
    if (this.#freed)
      throw new CertispikeError('disposed', 'model: expected one that is in use, got one that was freed');
    return this.#core;
  }

  #refuseWhen(busy: boolean): void {
    if (!busy) return;
    throw new CertispikeError('model-busy', 'model: expected one that no other call is using, got one in use');
  }
}

/** The right of one caller to change a model. */
export interface Lease {
  /** Moves the model to where it can be trained, before the first change. */
  prepare(training: core.TrainingCore): void;
  change<T>(change: (model: core.TrainingModel) => T): T;
  end(): void;
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
