import type { Network } from '../config/network.js';
import { network as checkedNetwork } from '../config/network.js';
import { firstDifference } from '../config/difference.js';
import { CoreModel } from '../engine/core-model.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import { CertispikeError, shown } from '../error.js';
import { loadFormats } from '../formats/load.js';
import { Checkpoint, encodedCheckpoint } from './checkpoint.js';
import type { Metadata } from './metadata.js';
import { filesOf } from './place.js';

/** What goes into a model file besides the model. */
export interface SaveOptions {
  /** Anything JSON can hold, such as how the model was made. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

/** What is expected of a model file. */
export interface LoadOptions {
  /** Refuse a file of another network. */
  readonly network?: Network;
}

/**
 * The model as a safetensors file: the weights in PyTorch's order and names, the network in the header.
 * @throws CertispikeError `disposed`, `core-load`
 * @example
 * ```ts
 * import { modelFromBytes, modelToBytes } from '@certispike/sdk';
 *
 *
 * const bytes = await modelToBytes(model, { notes: { trainedOn: 'MNIST' } });
 * const copy = await modelFromBytes(engine, bytes);
 * ```
 */
export async function modelToBytes(model: Model, { notes }: SaveOptions = {}): Promise<Uint8Array> {
  if (!(model instanceof CoreModel)) {
    throw new CertispikeError('invalid-state', 'model: expected one made by an engine, got another');
  }
  const metadata: Metadata = { kind: 'model', network: model.network, ...(notes === undefined ? {} : { notes }) };
  await loadFormats();
  return model.read((core) => encodedCheckpoint(core, metadata));
}

/**
 * The model of a file's bytes. Of a training's checkpoint these are the weights it would end with: the best ones so far
 * where it keeps the best, else their average where it has one, else the last.
 * @throws CertispikeError `invalid-checkpoint` (truncated, foreign), `network-mismatch`, `invalid-value` (weights that
 *   are not finite), `disposed`, `core-load`
 * @example
 * ```ts
 * import { modelFromBytes } from '@certispike/sdk';
 *
 *
 * const response = await fetch('https://example.org/model.safetensors');
 * const model = await modelFromBytes(engine, new Uint8Array(await response.arrayBuffer()));
 * ```
 */
export function modelFromBytes(engine: Engine, bytes: Uint8Array, options: LoadOptions = {}): Promise<Model> {
  return modelOf(engine, 'checkpoint', bytes, options);
}

/**
 * Writes {@link modelToBytes} to a file, whole or not at all.
 * @throws CertispikeError as {@link modelToBytes}; `disk-full`, `is-a-folder`, `not-a-folder`, `permission-denied`,
 *   `file-not-found`, `file-error`; `unsupported` in browsers
 * @example
 * ```ts
 * import { saveModel } from '@certispike/sdk';
 *
 *
 * await saveModel(model, 'saved.safetensors', { notes: { trainedOn: 'MNIST', epochs: 12 } });
 * ```
 */
export async function saveModel(model: Model, path: string, options: SaveOptions = {}): Promise<void> {
  await filesOf('saveModel').write(path, await modelToBytes(model, options));
}

/**
 * Reads {@link modelFromBytes} from a file.
 * @throws CertispikeError as {@link modelFromBytes}; `file-not-found`, `is-a-folder`, `not-a-folder`,
 *   `permission-denied`, `file-error`; `unsupported` in browsers
 * @example
 * ```ts
 * import { evaluate, loadModel } from '@certispike/sdk';
 *
 *
 * const model = await loadModel(engine, 'model.safetensors');
 * const { cleanError } = await evaluate(engine, model, test);
 * model.free();
 * ```
 */
export async function loadModel(engine: Engine, path: string, options: LoadOptions = {}): Promise<Model> {
  return modelOf(engine, path, await filesOf('loadModel').read(path), options);
}

/**
 * What a checkpoint's bytes say without making a model: its network, notes, and the training where it holds one.
 * @throws CertispikeError `invalid-checkpoint`, `core-load`
 * @example
 * ```ts
 * import { describeCheckpoint, modelToBytes } from '@certispike/sdk';
 *
 *
 * const { kind, network } = await describeCheckpoint(await modelToBytes(model));
 * console.log(kind); // model
 * ```
 */
export async function describeCheckpoint(bytes: Uint8Array): Promise<Metadata> {
  await loadFormats();
  return new Checkpoint('checkpoint', bytes).metadata;
}

/**
 * {@link describeCheckpoint} of a file.
 * @throws CertispikeError as {@link describeCheckpoint} and {@link loadModel}
 * @example
 * ```ts
 * import { inspectCheckpoint } from '@certispike/sdk';
 *
 *
 * const { network, notes, training } = await inspectCheckpoint('model.safetensors');
 * console.log(training === undefined); // true
 * ```
 */
export async function inspectCheckpoint(path: string): Promise<Metadata> {
  const bytes = await filesOf('inspectCheckpoint').read(path);
  await loadFormats();
  return new Checkpoint(path, bytes).metadata;
}

async function modelOf(engine: Engine, name: string, bytes: Uint8Array, { network }: LoadOptions): Promise<Model> {
  await loadFormats();
  const checkpoint = new Checkpoint(name, bytes);
  const { metadata } = checkpoint;
  if (network !== undefined) refuseOther(name, checkedNetwork(network), metadata.network);
  const weights = checkpoint.finalWeights();
  const model = poolEngine(engine).emptyModel(metadata.network);
  model.write((core) => core.setSlab(weights));
  return model;
}

function refuseOther(name: string, expected: Network, got: Network): void {
  const difference = firstDifference('network', expected, got);
  if (difference === undefined) return;
  const { field, left, right } = difference;
  throw new CertispikeError('network-mismatch', `${name}: ${field}: expected ${shown(left)}, got ${shown(right)}`);
}
