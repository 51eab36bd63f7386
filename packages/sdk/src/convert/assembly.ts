import type { ImageShape, Input } from '../config/input.js';
import { conv2d, type Layer, linear } from '../config/layers.js';
import { type Network, network, type Readout } from '../config/network.js';
import type { Constant, Neuron } from '../config/neuron.js';
import { outputShape, sizeOf } from '../config/shape.js';
import { isCertispikeError, shown } from '../error.js';
import { type Notes, singles } from './conversion.js';
import { unmapped } from './failure.js';
import { type AffinePart, type NeuronPart, type Part, type ScalePart, valueOf, wordsOf } from './parts.js';

/** A network with its numbers. */
export interface Assembled {
  readonly network: Network;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/**
 * Puts parts together into the layers of this package: an affine map with the neurons after it is one layer, gains and
 * scales go into its weights, drives into its bias.
 * @param where what messages call the whole
 * @param readout where it is not told by the parts: an affine map at the end is a linear readout
 * @throws CertispikeError `cannot-convert` naming the part
 */
export function assembled(
  where: string,
  input: Input,
  parts: readonly Part[],
  readout: Readout | undefined,
  notes: Notes,
): Assembled {
  const assembly = new Assembly(input.shape, notes);
  try {
    for (const part of parts) assembly.add(part);
    const found = assembly.end();
    const spec = { input, layers: assembly.layers, readout: found ?? readout ?? { kind: 'rate' } };
    return { network: network(spec), tensors: assembly.tensors };
  } catch (error) {
    if (!isCertispikeError(error)) throw error;
    throw unmapped(where, error.message);
  }
}

class Assembly {
  readonly layers: Layer[] = [];
  readonly tensors = new Map<string, Float32Array>();
  readonly #notes: Notes;
  #map: ImageShape;
  /** An affine map that waits for its neurons, with the map that it reads. */
  #waiting: { readonly part: AffinePart; readonly scale: ScalePart | undefined; readonly map: ImageShape } | undefined;
  /** A scale that waits for the affine map after it. */
  #scale: ScalePart | undefined;
  /** The last neurons were without spikes, so nothing may come after them. */
  #silent: string | undefined;

  constructor(map: ImageShape, notes: Notes) {
    this.#map = map;
    this.#notes = notes;
  }

  add(part: Part): void {
    if (this.#silent !== undefined) {
      throw unmapped(part.name, `expected nothing after the neurons ${this.#silent}, which do not fire`);
    }
    switch (part.kind) {
      case 'affine':
        return this.#affine(part);
      case 'neuron':
        return this.#neurons(part);
      case 'scale':
        return this.#scaled(part);
      case 'flatten':
        this.#free(part.name);
        this.#notes.map(part.name, 'the order of numbers, which stays');
        this.#map = [sizeOf(this.#map), 1, 1];
        return;
      case 'pool':
        this.#free(part.name);
        if (this.#scale !== undefined) throw this.#stranded(this.#scale);
        this.#notes.map(part.name, `layers.${this.layers.length}: ${part.pool.kind}`);
        this.#place(part.name, part.pool);
    }
  }

  /** The readout that an affine map at the end is. */
  end(): Readout | undefined {
    if (this.#scale !== undefined) throw this.#stranded(this.#scale);
    const waiting = this.#waiting;
    if (waiting === undefined) {
      if (this.layers.length === 0) throw unmapped('layers', 'expected at least one layer of neurons, got none');
      return this.#silent === undefined ? undefined : { kind: 'membrane' };
    }
    const { part } = waiting;
    if (this.layers.length === 0) throw unmapped(part.name, 'expected neurons after it, got the end of the network');
    if (part.sweep !== undefined) throw unmapped(part.name, 'expected a linear map at the end, got a convolution');
    this.#numbers('readout', { ...waiting, gain: 1, drive: 0 });
    this.#notes.map(part.name, 'readout: a linear map of the mean spike rates');
    return { kind: 'linear', classes: part.weight.shape[0] as number };
  }

  #affine(part: AffinePart): void {
    this.#free(part.name);
    const { weight, bias, sweep } = part;
    const axes = sweep === undefined ? 2 : 4;
    if (weight.shape.length !== axes) {
      throw unmapped(part.name, `expected a weight of ${axes} axes, got ${shown(weight.shape)}`);
    }
    const [outputs = 0, inputs = 0] = weight.shape;
    if (bias !== undefined && bias.values.length !== outputs) {
      throw unmapped(part.name, `expected a bias of ${outputs} numbers, got ${bias.values.length}`);
    }
    const expected = sweep === undefined ? sizeOf(this.#map) : this.#map[0];
    const got = sweep === undefined ? inputs : inputs * sweep.groups;
    if (got !== expected) {
      const what = sweep === undefined ? 'inputs' : 'input channels';
      throw unmapped(
        part.name,
        `expected weights of ${expected} ${what}, as its input is ${this.#map.join(' x ')}, got ${got}`,
      );
    }
    if (sweep !== undefined && outputs % sweep.groups !== 0) {
      throw unmapped(part.name, `expected channels that ${sweep.groups} groups share evenly, got ${outputs}`);
    }
    this.#waiting = { part, scale: this.#scale, map: this.#map };
    this.#scale = undefined;
  }

  #neurons(neurons: NeuronPart): void {
    const { name, threshold, leak, reset, gain, drive, rule } = neurons;
    const waiting = this.#waiting;
    if (waiting === undefined) {
      throw unmapped(name, 'expected a linear map or a convolution between these neurons and what is before them');
    }
    const { part } = waiting;
    this.#perChannel(neurons, part.weight.shape[0] as number);
    const neuron: Neuron = { threshold, leak, reset };
    const at = this.layers.length;
    this.#place(part.name, layerOf(part, neuron));
    this.#numbers(`layers.${at}`, { ...waiting, gain, drive });
    if (!neurons.fires) this.#silent = name;
    this.#waiting = undefined;
    const kind = part.sweep === undefined ? 'linear' : 'conv2d';
    const changes = [
      ...(gain === 1 ? [] : [`weights times ${wordsOf(gain)}`]),
      ...(drive === 0 ? [] : [`bias plus ${wordsOf(drive)}`]),
    ];
    this.#notes.map(part.name, [`layers.${at}: ${kind}`, ...changes].join(', '));
    this.#notes.map(
      name,
      `layers.${at}: ${rule} -> ${neurons.fires ? `threshold ${wordsOf(threshold)}, ` : 'silent, '}leak ${wordsOf(leak)}, ${reset} reset`,
    );
  }

  /** Refuses constants of other channels than the map before has. */
  #perChannel({ name, threshold, leak, gain, drive }: NeuronPart, channels: number): void {
    for (const constant of [threshold, leak, gain, drive]) {
      if (typeof constant === 'number' || constant.length === channels) continue;
      throw unmapped(name, `expected constants of ${channels} channels, got ${constant.length}`);
    }
  }

  #scaled(part: ScalePart): void {
    if (this.#waiting !== undefined) {
      throw unmapped(
        part.name,
        `expected neurons after ${this.#waiting.part.name}, got a scale; scale its weights instead`,
      );
    }
    if (this.#scale !== undefined) throw this.#stranded(this.#scale);
    this.#scale = part;
  }

  #place(name: string, layer: Layer): void {
    try {
      this.#map = outputShape('layer', layer, this.#map);
    } catch (error) {
      if (isCertispikeError(error)) throw unmapped(name, error.message.replace(/^layer\.?/, ''));
      throw error;
    }
    this.layers.push(layer);
  }

  /** Nothing but neurons may follow an affine map. */
  #free(name: string): void {
    if (this.#waiting === undefined) return;
    throw unmapped(name, `expected neurons after ${this.#waiting.part.name}, got this`);
  }

  #stranded({ name }: ScalePart) {
    return unmapped(name, 'expected a linear map or a convolution after the scale, into which it goes');
  }

  #numbers(
    to: string,
    {
      part,
      scale,
      map,
      gain,
      drive,
    }: { part: AffinePart; scale: ScalePart | undefined; map: ImageShape; gain: Constant; drive: Constant },
  ): void {
    const weight = scaledWeight(part, scale, map, gain);
    const outputs = part.weight.shape[0] as number;
    const bias = Float64Array.from(
      { length: outputs },
      (_, index) => (part.bias?.values[index] ?? 0) * valueOf(gain, index) + valueOf(drive, index),
    );
    this.tensors.set(`${to}.weight`, singles(`${part.name} weight`, weight, this.#notes));
    this.tensors.set(`${to}.bias`, singles(`${part.name} bias`, bias, this.#notes));
    if (scale !== undefined) this.#notes.map(scale.name, `${to}: into its weights`);
  }
}

function layerOf({ weight, sweep }: AffinePart, neuron: Neuron): Layer {
  const [outputs = 0, , height = 1, width = 1] = weight.shape;
  if (sweep === undefined) return linear(outputs, neuron);
  const { stride, padding, dilation } = sweep;
  return conv2d(outputs, { kernel: [height, width], stride, padding, dilation, ...neuron });
}

/** Weights of a grouped convolution with the zeros between its groups, which are not in the file. */
const mostUnfolded = 1 << 22;

/** The weights with the gain of the neurons after and the scale before, and zeros where groups do not meet. */
function scaledWeight(part: AffinePart, scale: ScalePart | undefined, map: ImageShape, gain: Constant): Float64Array {
  const { weight, sweep } = part;
  const [outputs = 0, inputs = 0, height = 1, width = 1] = weight.shape;
  const [groups, taps] = [sweep?.groups ?? 1, height * width];
  if (groups > 1 && outputs * inputs * groups * taps > mostUnfolded) {
    throw unmapped(
      part.name,
      `expected groups that unfold to at most ${mostUnfolded} weights, got ${groups} groups of ${outputs} x ${inputs}`,
    );
  }
  const factor = factors(part, scale, map);
  const all = new Float64Array(outputs * inputs * groups * taps);
  for (let output = 0; output < outputs; output += 1) {
    const first = Math.floor((output * groups) / outputs) * inputs;
    const amplified = valueOf(gain, output);
    for (let input = 0; input < inputs; input += 1) {
      for (let tap = 0; tap < taps; tap += 1) {
        const value = weight.values[(output * inputs + input) * taps + tap] as number;
        all[(output * inputs * groups + first + input) * taps + tap] = value * factor(first + input) * amplified;
      }
    }
  }
  return all;
}

/** What every input of an affine map is multiplied by. */
function factors(part: AffinePart, scale: ScalePart | undefined, map: ImageShape): (input: number) => number {
  if (scale === undefined) return () => 1;
  const { shape, values } = scale.factors;
  const wide = shape.filter((size) => size !== 1);
  if (values.length === 1) return () => values[0] as number;
  const [channels] = map;
  const perInput = part.sweep === undefined && values.length === sizeOf(map);
  const perChannel = wide.length === 1 && values.length === channels && shape[0] === channels;
  if (!perInput && !perChannel) {
    throw unmapped(scale.name, `expected one factor, or one per channel of ${map.join(' x ')}, got ${shown(shape)}`);
  }
  return (input) => values[input] as number;
}
