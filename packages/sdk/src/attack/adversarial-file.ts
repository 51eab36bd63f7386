import * as v from 'valibot';
import { check, whole } from '../config/check.js';
import { shapeSchema, stepsSchema } from '../config/input.js';
import { regionSchema } from '../config/region.js';
import { filesOf } from '../checkpoint/place.js';
import { decodedSafetensors, encodedSafetensors, type StoredTensor } from '../checkpoint/safetensors.js';
import { CertispikeError, reasonOf } from '../error.js';
import { loadFormats } from '../formats/load.js';
import { type AdversarialExample, type AdversarialSet, sizeOfExample } from './adversarial.js';

/** Version of the form below. */
const formVersion = 1;

/** What goes into a file of adversarial examples besides them. */
export interface SaveAdversarialOptions {
  /** Anything JSON can hold, such as the data set and the model's file. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

/** A file that was read. */
export interface StoredAdversarial extends AdversarialSet {
  readonly notes: Readonly<Record<string, unknown>>;
}

const metadataSchema = v.looseObject({
  format: v.literal('certispike', "'certispike'"),
  version: whole(formVersion, formVersion),
  kind: v.literal('adversarial', "'adversarial'"),
  inputs: v.picklist(['pixels', 'spikes'], "'pixels' or 'spikes'"),
  shape: shapeSchema,
  region: regionSchema,
  steps: stepsSchema,
  seed: whole(0),
  presentation: whole(0),
  attackSeed: whole(0),
  stages: v.array(v.looseObject({ name: v.string('a name') }), 'a list of stages'),
  fingerprint: v.string('a text'),
  notes: v.optional(v.looseObject({}, 'an object'), {}),
});

/**
 * Adversarial examples as a safetensors file: tensors `index`, `sample`, `label`, `prediction`, `stage`, `clean` and
 * `adversarial` (pixels as F32, spikes as U8), and in the header what it takes to try them again.
 * @throws CertispikeError `core-load`
 * @example
 * ```ts
 * import { adversarialFromBytes, adversarialToBytes, attack, linf } from '@certispike/sdk';
 *
 *
 * const found = await attack(engine, model, test, { region: linf(0.06), attack: 'fgsm' });
 * const stored = await adversarialFromBytes(await adversarialToBytes(found));
 * console.log(stored.adversarial.length === found.adversarial.length); // true
 * ```
 */
export async function adversarialToBytes(
  set: AdversarialSet,
  { notes = {} }: SaveAdversarialOptions = {},
): Promise<Uint8Array> {
  await loadFormats();
  const { kind, shape, region, steps, seed, presentation, attackSeed, stages, fingerprint, adversarial } = set;
  const metadata = {
    format: 'certispike',
    version: formVersion,
    kind: 'adversarial',
    inputs: kind,
    shape,
    region,
    steps,
    seed,
    presentation,
    attackSeed,
    stages,
    fingerprint,
    notes,
  };
  const column = (field: 'index' | 'sample') => numbers(Uint32Array.from(adversarial, (example) => example[field]));
  const bytes = (field: 'label' | 'prediction' | 'stage') =>
    numbers(Uint8Array.from(adversarial, (example) => example[field]));
  const inputShape = [adversarial.length, ...(kind === 'spikes' ? [steps] : []), ...shape];
  const inputs = (field: 'clean' | 'values') => {
    const size = sizeOfExample(set);
    const all = new (kind === 'spikes' ? Uint8Array : Float32Array)(adversarial.length * size);
    adversarial.forEach((example, index) => all.set(example[field], index * size));
    return { ...numbers(all), shape: inputShape };
  };
  const tensors = new Map<string, StoredTensor>([
    ['index', column('index')],
    ['sample', column('sample')],
    ['label', bytes('label')],
    ['prediction', bytes('prediction')],
    ['stage', bytes('stage')],
    ['clean', inputs('clean')],
    ['adversarial', inputs('values')],
  ]);
  return encodedSafetensors({ metadata: JSON.stringify(metadata), tensors });
}

/**
 * What {@link adversarialToBytes} made.
 * @throws CertispikeError `invalid-checkpoint` (truncated, foreign), `core-load`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { adversarialFromBytes } from '@certispike/sdk';
 *
 * const { region, adversarial } = await adversarialFromBytes(await readFile('fooled.safetensors'));
 * ```
 */
export async function adversarialFromBytes(bytes: Uint8Array): Promise<StoredAdversarial> {
  return decoded('examples', bytes);
}

/**
 * Writes {@link adversarialToBytes} to a file, whole or not at all.
 * @throws CertispikeError as `saveModel`; `unsupported` in browsers
 * @example
 * ```ts
 * import { attack, linf, saveAdversarial } from '@certispike/sdk';
 *
 *
 * const found = await attack(engine, model, test, { region: linf(0.06), attack: 'fgsm' });
 * await saveAdversarial(found, 'found.safetensors', { notes: { data: 'MNIST' } });
 * ```
 */
export async function saveAdversarial(
  set: AdversarialSet,
  path: string,
  options: SaveAdversarialOptions = {},
): Promise<void> {
  await filesOf('saveAdversarial').write(path, await adversarialToBytes(set, options));
}

/**
 * Reads {@link adversarialFromBytes} from a file.
 * @throws CertispikeError as `loadModel`; `unsupported` in browsers
 * @example
 * ```ts
 * import { loadAdversarial, replay } from '@certispike/sdk';
 *
 *
 * const { holding, examples } = await replay(engine, model, await loadAdversarial('fooled.safetensors'));
 * console.log(holding === examples); // true
 * ```
 */
export async function loadAdversarial(path: string): Promise<StoredAdversarial> {
  return decoded(path, await filesOf('loadAdversarial').read(path));
}

async function decoded(name: string, bytes: Uint8Array): Promise<StoredAdversarial> {
  await loadFormats();
  try {
    return setOf(decodedSafetensors(bytes));
  } catch (error) {
    const reason = reasonOf(error).replace(/^checkpoint: /, '');
    throw new CertispikeError('invalid-checkpoint', `${name}: ${reason}`, { cause: error });
  }
}

function setOf({ metadata, tensors }: ReturnType<typeof decodedSafetensors>): StoredAdversarial {
  if (metadata === undefined) {
    throw new CertispikeError('invalid-checkpoint', 'expected adversarial examples of this package, got another file');
  }
  const { inputs, stages, ...terms } = check('metadata', metadataSchema, JSON.parse(metadata));
  const { shape, region, steps, seed, presentation, attackSeed, fingerprint, notes } = terms;
  const set = { kind: inputs, shape, region, steps, seed, presentation, attackSeed, fingerprint, stages };
  const read = new Reader(tensors);
  const count = read.count('index');
  const sizes = [...(inputs === 'spikes' ? [steps] : []), ...shape];
  const [index, sample] = [read.words('index', count), read.words('sample', count)];
  const [label, prediction, stage] = ['label', 'prediction', 'stage'].map((name) => read.bytes(name, [count]));
  const [clean, values] = ['clean', 'adversarial'].map((name) =>
    inputs === 'spikes' ? read.spikes(name, [count, ...sizes]) : read.pixels(name, [count, ...sizes]),
  );
  const size = sizeOfExample(set);
  const cut = (all: Float32Array | Uint8Array | undefined, at: number) =>
    Float32Array.from((all ?? []).slice(at * size, (at + 1) * size));
  const adversarial = Array.from({ length: count }, (_, at): AdversarialExample => ({
    index: index[at] ?? 0,
    sample: sample[at] ?? 0,
    label: label?.[at] ?? 0,
    prediction: prediction?.[at] ?? 0,
    stage: stage?.[at] ?? 0,
    clean: cut(clean, at),
    values: cut(values, at),
  }));
  return { ...set, adversarial, notes };
}

/** The tensors of a file, each checked for what it should be. */
class Reader {
  readonly #tensors: ReadonlyMap<string, StoredTensor>;

  constructor(tensors: ReadonlyMap<string, StoredTensor>) {
    this.#tensors = tensors;
  }

  /** Length of a list. */
  count(name: string): number {
    return this.#found(name).shape[0] ?? 0;
  }

  words(name: string, count: number): Uint32Array {
    return new Uint32Array(this.#data(name, 'U32', [count]));
  }

  bytes(name: string, shape: readonly number[]): Uint8Array {
    return new Uint8Array(this.#data(name, 'U8', shape));
  }

  spikes(name: string, shape: readonly number[]): Uint8Array {
    const values = this.bytes(name, shape);
    return refusing(name, values, 'zeros and ones', (value) => value > 1);
  }

  pixels(name: string, shape: readonly number[]): Float32Array {
    const values = new Float32Array(this.#data(name, 'F32', shape));
    return refusing(name, values, 'finite numbers', (value) => !Number.isFinite(value));
  }

  /** In memory of its own, which is aligned. */
  #data(name: string, dtype: string, shape: readonly number[]): ArrayBuffer {
    const tensor = this.#found(name);
    const [expected, got] = [`${dtype} [${shape.join(', ')}]`, `${tensor.dtype} [${tensor.shape.join(', ')}]`];
    if (expected !== got) {
      throw new CertispikeError('invalid-checkpoint', `${name}: expected ${expected}, got ${got}`);
    }
    return tensor.data.slice().buffer;
  }

  #found(name: string): StoredTensor {
    const tensor = this.#tensors.get(name);
    if (tensor !== undefined) return tensor;
    throw new CertispikeError('invalid-checkpoint', `expected the tensor '${name}', got none`);
  }
}

function refusing<A extends Uint8Array | Float32Array>(
  name: string,
  values: A,
  expected: string,
  isWrong: (value: number) => boolean,
): A {
  const wrong = values.findIndex(isWrong);
  if (wrong === -1) return values;
  throw new CertispikeError('invalid-checkpoint', `${name}: expected ${expected}, got ${values[wrong]} at ${wrong}`);
}

function numbers(values: Uint8Array | Uint32Array | Float32Array): StoredTensor {
  const dtype = values instanceof Float32Array ? 'F32' : values instanceof Uint32Array ? 'U32' : 'U8';
  const { buffer, byteOffset, byteLength, length } = values;
  return { dtype, shape: [length], data: new Uint8Array(buffer, byteOffset, byteLength) };
}
