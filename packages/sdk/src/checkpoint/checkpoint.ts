import type { Model, Optimiser } from '../core/bindings.js';
import { type TensorInfo, tensorsOf } from '../core/tensors.js';
import { core, guarded } from '../engine/load-core.js';
import { CertispikeError, reasonOf, shown } from '../error.js';
import { decodedMetadata, encodedMetadata, type Metadata } from './metadata.js';
import { decodedSafetensors, encodedSafetensors, type StoredTensor } from './safetensors.js';

/** Names before those of the tensors. */
const [kept, average, moments] = ['kept.', 'average.', ['optimiser.first.', 'optimiser.second.']];
const steps = 'optimiser.steps';
const averaged = 'average.steps';

/** The average of a training's weights. */
export interface AverageState {
  /** Packed. */
  readonly values: Float32Array;
  /** Steps it holds. */
  readonly count: number;
}

/** What a training needs besides the model it trains. */
export interface TrainingTensors {
  readonly optimiser: Optimiser;
  /** The packed weights of the best model so far; undefined when there is none. */
  readonly kept: Float32Array | undefined;
  /** Undefined when there is none, or none yet. */
  readonly average: AverageState | undefined;
}

/** The file of a model, or of the training that is at work on it. The formats have to be loaded. */
export function encodedCheckpoint(model: Model, metadata: Metadata, training?: TrainingTensors): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  const all = tensorsOf(model);
  const add = (prefix: string, packed: Float32Array) => {
    for (const { name, shape } of all) {
      tensors.set(prefix + name, { dtype: 'F32', shape, data: bytesOf(model.unpack(name, packed)) });
    }
  };
  add('', model.slab());
  if (training?.kept !== undefined) add(kept, training.kept);
  const count = (name: string, value: number) => {
    tensors.set(name, { dtype: 'U64', shape: [1], data: bytesOf(BigUint64Array.of(BigInt(value))) });
  };
  if (training?.average !== undefined) {
    add(average, training.average.values);
    count(averaged, training.average.count);
  }
  if (training !== undefined) {
    const { optimiser } = training;
    moments.slice(0, optimiser.momentCount).forEach((prefix, index) => add(prefix, optimiser.moment(index)));
    count(steps, optimiser.steps);
  }
  return encodedSafetensors({ metadata: encodedMetadata(metadata), tensors });
}

/** A file that was read. The formats have to be loaded. */
export class Checkpoint {
  readonly metadata: Metadata;
  readonly #name: string;
  readonly #tensors: ReadonlyMap<string, StoredTensor>;

  /**
   * @param name what it is called in messages
   * @throws CertispikeError `invalid-checkpoint`
   */
  constructor(name: string, file: Uint8Array) {
    this.#name = name;
    const { metadata, tensors } = this.#named(() => decodedSafetensors(file));
    if (metadata === undefined) throw this.#invalid('expected a file written by this package, got another');
    this.metadata = this.#named(() => decodedMetadata(metadata));
    this.#tensors = tensors;
  }

  /** The prefix of the weights that a training would end with: the best so far, their average, or the newest. */
  get #final(): string {
    const has = (prefix: string) => [...this.#tensors.keys()].some((name) => name.startsWith(prefix));
    if (this.metadata.training?.config.keep === 'best' && has(kept)) return kept;
    return has(average) ? average : '';
  }

  /**
   * The packed weights that a training would end with, for a model of {@link Metadata.network}.
   * @throws CertispikeError `invalid-checkpoint` when a tensor is missing or has another shape, `invalid-value` for a
   *   weight that is not finite
   */
  finalWeights(): Float32Array {
    return this.#packed(this.#final);
  }

  /** The packed weights that a training goes on from; throws as {@link finalWeights}. */
  weights(): Float32Array {
    return this.#packed('');
  }

  /** The weights that a training would end with, tensor by tensor: for who has no core to pack them. */
  modelTensors(): ReadonlyMap<string, Float32Array> {
    const prefix = this.#final;
    const isOwn = (name: string) =>
      name.startsWith(prefix) && /^(layers\.\d+|readout)\.(weight|bias)$/.test(name.slice(prefix.length));
    const own = [...this.#tensors.keys()].filter(isOwn);
    return new Map(
      own.map((name) => {
        const { dtype, data } = this.#tensors.get(name) as StoredTensor;
        if (dtype !== 'F32') throw this.#invalid(`${name}: expected F32, got ${dtype}`);
        return [name.slice(prefix.length), new Float32Array(data.buffer, data.byteOffset, data.length / 4)];
      }),
    );
  }

  /** {@link weights} of the best model so far; undefined when none was saved. */
  keptWeights(): Float32Array | undefined {
    return [...this.#tensors.keys()].some((name) => name.startsWith(kept)) ? this.#packed(kept) : undefined;
  }

  /** The average of the weights so far; undefined when none was saved. */
  average(): AverageState | undefined {
    if (!this.#tensors.has(averaged)) return undefined;
    return { values: this.#packed(average), count: this.#count(averaged) };
  }

  /** @throws CertispikeError `invalid-checkpoint` when the optimiser's state is missing or of another kind */
  restore(optimiser: Optimiser): void {
    if (!this.#tensors.has(steps)) throw this.#invalid("expected the optimiser's state, got weights alone");
    const count = this.#count(steps);
    try {
      const packed = moments.slice(0, optimiser.momentCount).map((prefix) => this.#packed(prefix));
      guarded(() => optimiser.restore(count, joined(packed)));
    } catch (error) {
      throw this.#invalid(reasonOf(error));
    }
  }

  #count(name: string): number {
    const stored = this.#tensors.get(name);
    if (stored?.dtype !== 'U64' || stored.data.length !== 8) {
      throw this.#invalid(`${name}: expected U64 [1], got ${stored?.dtype ?? 'none'} ${shown(stored?.shape)}`);
    }
    return Number(new DataView(stored.data.buffer, stored.data.byteOffset).getBigUint64(0, true));
  }

  /** The core packs what is set tensor by tensor. */
  #packed(prefix: string): Float32Array {
    const { network } = this.metadata;
    const model = guarded(() => new (core().Model)(network));
    try {
      for (const tensor of tensorsOf(model)) {
        const values = this.#values(prefix, tensor);
        guarded(() => model.setTensor(tensor.name, values));
      }
      return model.slab();
    } finally {
      model.free();
    }
  }

  #values(prefix: string, { name, shape }: TensorInfo): Float32Array {
    const stored = this.#tensors.get(prefix + name);
    if (stored === undefined) throw this.#invalid(`expected the tensor '${prefix}${name}', got none`);
    const [expected, got] = [`F32 ${shown(shape)}`, `${stored.dtype} ${shown(stored.shape)}`];
    if (expected !== got) throw this.#invalid(`${prefix}${name}: expected ${expected}, got ${got}`);
    return new Float32Array(stored.data.buffer, stored.data.byteOffset, stored.data.length / 4);
  }

  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof CertispikeError) || error.code !== 'invalid-checkpoint') throw error;
      throw new CertispikeError(error.code, `${this.#name}: ${error.message}`, { cause: error });
    }
  }

  #invalid(message: string): CertispikeError {
    return new CertispikeError('invalid-checkpoint', `${this.#name}: ${message}`);
  }
}

/** Arrays of one length, one after the other. */
function joined(arrays: readonly Float32Array[]): Float32Array {
  const length = arrays[0]?.length ?? 0;
  const all = new Float32Array(length * arrays.length);
  arrays.forEach((array, index) => all.set(array, index * length));
  return all;
}

/** Numbers as they are in memory: WebAssembly's and so every engine's are little-endian. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigUint64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
