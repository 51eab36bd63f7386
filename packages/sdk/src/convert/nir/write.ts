import * as v from 'valibot';
import { check, fields, number } from '../../config/check.js';
import type { ImageShape } from '../../config/input.js';
import type { Layer, PoolLayer, Sides } from '../../config/layers.js';
import type { Neuron } from '../../config/neuron.js';
import type { Network } from '../../config/network.js';
import { outputShape, sizeOf } from '../../config/shape.js';
import type { Model } from '../../engine/model.js';
import { CertispikeError, reasonOf } from '../../error.js';
import { TreeBuilder } from '../../graphs/bindings.js';
import { loadGraphs } from '../../graphs/load.js';
import { unmapped } from '../failure.js';
import { type Pair, valueOf } from '../parts.js';
import { type KeptNotes, notesPath } from './read.js';

/** How a graph is written. */
export interface ToNirOptions {
  /** Seconds of a step, by which time constants are told; 1e-4 unless given, as snnTorch and SpikingJelly take it. */
  readonly dt?: number;
  /** Whether `v_reset` is written; readers of NIR before 1.0.6 know none. True unless given. */
  readonly vReset?: boolean;
}

const optionsSchema = fields({
  dt: v.optional(number(1e-12, 1e6), 1e-4),
  vReset: v.optional(v.boolean('true or false'), true),
});

/** Version of NIR's form. */
const version = '1.0';

/**
 * The model as a NIR graph (HDF5): `tau = dt / (1 - leak)`, `r = 1 / (1 - leak)`; leaks, dt and input as they are, for
 * {@link convert} to read back, in the graph's metadata.
 * @throws CertispikeError `cannot-convert` for what NIR has no node or field for: soft reset, thresholds of silent
 *   layers aside; `invalid-value`, `core-load`, `disposed`
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { toNir } from '@certispike/sdk/convert';
 *
 * await writeFile('graph.nir', await toNir(model));
 * ```
 */
export async function toNir(model: Model, options: ToNirOptions = {}): Promise<Uint8Array> {
  const { dt, vReset } = check('options', optionsSchema, options);
  await loadGraphs();
  const writer = new Writer(model, dt, vReset);
  try {
    return writer.bytes();
  } finally {
    writer.free();
  }
}

class Writer {
  readonly #builder = new TreeBuilder();
  readonly #model: Model;
  readonly #dt: number;
  readonly #vReset: boolean;
  /** Names in the order of the graph. */
  readonly #names: string[] = [];
  readonly #leaks: Record<string, number | number[]> = {};

  constructor(model: Model, dt: number, vReset: boolean) {
    this.#model = model;
    this.#dt = dt;
    this.#vReset = vReset;
  }

  free(): void {
    this.#builder.free();
  }

  bytes(): Uint8Array {
    const { network, classes } = this.#model;
    this.#builder.addTexts('/version', Uint32Array.of(), [version]);
    this.#builder.addTexts('/node/type', Uint32Array.of(), ['NIRGraph']);
    const [first] = network.layers;
    const list = first?.kind === 'linear' && network.input.shape[1] * network.input.shape[2] === 1;
    this.#wholes(this.#node('input', 'Input'), 'shape', list ? [network.input.shape[0]] : network.input.shape);
    this.#layers(network);
    this.#wholes(this.#node('output', 'Output'), 'shape', [classes]);
    const edges = this.#names.slice(1).flatMap((name, index) => [this.#names[index] as string, name]);
    this.#builder.addTexts('/node/edges', Uint32Array.of(edges.length / 2, 2), edges);
    const { input, readout } = network;
    const kept: KeptNotes = {
      dt: this.#dt,
      input: { ...input, shape: [...input.shape] },
      readout: readout.kind,
      leaks: this.#leaks,
    };
    this.#builder.addTexts(notesPath, Uint32Array.of(), [JSON.stringify(kept)]);
    try {
      return this.#builder.bytes();
    } catch (error) {
      throw new CertispikeError('internal', `graph: ${reasonOf(error)}`, { cause: error });
    }
  }

  #layers({ input, layers, readout }: Network): void {
    let map: ImageShape = input.shape;
    // A map of one pixel is none of NIR's lists.
    let list = layers[0]?.kind === 'linear' && map[1] * map[2] === 1;
    for (const [index, layer] of layers.entries()) {
      const after = outputShape(`network.layers[${index}]`, layer, map);
      if (layer.kind === 'sumpool2d' || layer.kind === 'avgpool2d') this.#pool(`${index}_pool`, layer);
      else {
        if (layer.kind === 'linear' && !list) this.#flatten(`${index}_flatten`, map);
        list = layer.kind === 'linear';
        this.#affine(index, layer, map);
        const fires = readout.kind !== 'membrane' || index < layers.length - 1;
        this.#neuron(index, layer.neuron, list ? [after[0]] : after, fires);
      }
      map = after;
    }
    if (readout.kind !== 'linear') return;
    if (!list) this.#flatten('readout_flatten', map);
    this.#weights('readout', this.#node('readout', 'Affine'), [readout.classes, sizeOf(map)]);
  }

  #pool(name: string, pool: PoolLayer): void {
    const node = this.#node(name, pool.kind === 'sumpool2d' ? 'SumPool2d' : 'AvgPool2d');
    this.#wholes(node, 'kernel_size', pair(pool.kernel));
    this.#wholes(node, 'stride', pair(pool.stride));
    this.#wholes(node, 'padding', pair(pool.padding));
  }

  #flatten(name: string, map: ImageShape): void {
    const node = this.#node(name, 'Flatten');
    this.#wholes(node, 'input_type', map);
    this.#builder.addWholes(`${node}/start_dim`, Uint32Array.of(), Int32Array.of(0));
    this.#builder.addWholes(`${node}/end_dim`, Uint32Array.of(), Int32Array.of(-1));
  }

  #affine(index: number, layer: Exclude<Layer, PoolLayer>, map: ImageShape): void {
    if (layer.kind === 'linear') {
      this.#weights(`layers.${index}`, this.#node(`${index}_affine`, 'Affine'), [layer.outputs, sizeOf(map)]);
      return;
    }
    const node = this.#node(`${index}_conv`, 'Conv2d');
    const [channels, height, width] = map;
    this.#weights(`layers.${index}`, node, [layer.channels, channels, ...pair(layer.kernel)]);
    this.#wholes(node, 'input_shape', [height, width]);
    this.#wholes(node, 'stride', pair(layer.stride));
    this.#wholes(node, 'padding', pair(layer.padding));
    this.#wholes(node, 'dilation', pair(layer.dilation ?? 1));
    this.#builder.addWholes(`${node}/groups`, Uint32Array.of(), Int32Array.of(1));
  }

  #weights(tensor: string, node: string, shape: readonly number[]): void {
    this.#builder.addSingles(`${node}/weight`, Uint32Array.from(shape), this.#model.tensor(`${tensor}.weight`));
    this.#builder.addSingles(`${node}/bias`, Uint32Array.of(shape[0] as number), this.#model.tensor(`${tensor}.bias`));
  }

  #neuron(index: number, { threshold, leak, reset }: Neuron, shape: readonly number[], fires: boolean): void {
    const where = `network.layers[${index}].neuron`;
    if (reset !== 'hard' && fires) {
      throw unmapped(
        `${where}.reset`,
        "expected 'hard', got 'soft': NIR has no field for a threshold that is subtracted",
      );
    }
    const name = `${index}_${fires ? 'lif' : 'li'}`;
    this.#leaks[name] = typeof leak === 'number' ? leak : [...leak];
    const spiking = (silent: string, firing: string) => (fires ? firing : silent);
    const integrates = leak === 1;
    const node = this.#node(name, integrates ? spiking('I', 'IF') : spiking('LI', 'LIF'));
    const [channels = 1] = shape;
    const size = shape.reduce((product, length) => product * length, 1);
    const add = (field: string, of: (channel: number) => number) => {
      const numbers = Float64Array.from({ length: size }, (_, place) => of(Math.floor((place * channels) / size)));
      this.#builder.addDoubles(`${node}/${field}`, Uint32Array.from(shape), numbers);
    };
    const kept = (channel: number) => Math.fround(valueOf(leak, channel));
    if (integrates) add('r', () => 1);
    else {
      if (Array.from({ length: channels }, (_, channel) => kept(channel)).includes(1)) {
        throw unmapped(
          `${where}.leak`,
          'expected 1 for all neurons or for none, got it for some: NIR has other nodes for them',
        );
      }
      add('r', (channel) => 1 / (1 - kept(channel)));
      add('tau', (channel) => this.#dt / (1 - kept(channel)));
      add('v_leak', () => 0);
    }
    if (!fires) return;
    add('v_threshold', (channel) => Math.fround(valueOf(threshold, channel)));
    if (this.#vReset) add('v_reset', () => 0);
  }

  /** Begins a node; the ones before it lead to it. */
  #node(name: string, type: string): string {
    this.#names.push(name);
    const path = `/node/nodes/${name}`;
    this.#builder.addTexts(`${path}/type`, Uint32Array.of(), [type]);
    return path;
  }

  #wholes(node: string, field: string, values: readonly number[]): void {
    this.#builder.addWholes(`${node}/${field}`, Uint32Array.of(values.length), Int32Array.from(values));
  }
}

const pair = (sides: Sides): Pair => (typeof sides === 'number' ? [sides, sides] : sides);
