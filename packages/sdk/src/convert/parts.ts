import type { PoolLayer } from '../config/layers.js';
import type { Constant } from '../config/neuron.js';
import { unmapped } from './failure.js';

/** Two sizes along the sides of a map. */
export type Pair = readonly [vertical: number, horizontal: number];

/** How a convolution goes over its map. */
export interface Sweep {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

/** Numbers with their shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** A linear map or, with a sweep, a convolution. */
export interface AffinePart {
  readonly kind: 'affine';
  readonly name: string;
  /** PyTorch's order: `[outputs, inputs]` or `[outputs, inputs / groups, height, width]`. */
  readonly weight: Numbers;
  /** None is zeros. */
  readonly bias: Numbers | undefined;
  readonly sweep: Sweep | undefined;
}

/** A sum or a mean over windows. */
export interface PoolPart {
  readonly kind: 'pool';
  readonly name: string;
  readonly pool: PoolLayer;
}

/** A map becomes a list, channel by channel. */
export interface FlattenPart {
  readonly kind: 'flatten';
  readonly name: string;
}

/** Every number of a map is multiplied: by one factor, by one per channel, or each by its own. */
export interface ScalePart {
  readonly kind: 'scale';
  readonly name: string;
  readonly factors: Numbers;
}

/**
 * Neurons as this package has them: `u[t] = gain x[t] + drive + leak r[t-1]`, a spike where `u > threshold`, then the
 * reset; `r[-1] = 0`.
 */
export interface NeuronPart {
  readonly kind: 'neuron';
  readonly name: string;
  /** In words, for the report. */
  readonly rule: string;
  /** Each for all neurons, or one for each output channel. */
  readonly leak: Constant;
  readonly threshold: Constant;
  readonly reset: 'hard' | 'soft';
  readonly gain: Constant;
  readonly drive: Constant;
  /** False for neurons whose potential is read and that never fire. */
  readonly fires: boolean;
}

/** What networks of all frameworks are made of, in the order that signals take. */
export type Part = AffinePart | PoolPart | FlattenPart | ScalePart | NeuronPart;

/** The largest float32 below a number of float32: `u >= t` is `u > below(t)`. */
export function below(threshold: number): number {
  const [single, bits] = [new Float32Array([threshold]), new DataView(new ArrayBuffer(4))];
  const value = single[0] as number;
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  // Zero steps to the smallest negative number; else the distance to zero grows or shrinks by one.
  if (value === 0) bits.setUint32(0, 0x80000001);
  else bits.setUint32(0, value > 0 ? word - 1 : word + 1);
  return bits.getFloat32(0);
}

/**
 * The threshold of neurons that fire at a potential, or only above it, as one that is exceeded.
 * @throws CertispikeError `cannot-convert` for one that is no float32
 */
export function threshold(where: string, value: number, compare: '>' | '>='): number {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) throw unmapped(where, `expected a threshold that is a number of float32, got ${value}`);
  return compare === '>' ? single : below(single);
}

/**
 * The number that all neurons of a layer have, or one for each channel: the first axis of what is given.
 * @throws CertispikeError `cannot-convert` where neurons of a channel differ
 */
export function perChannel(where: string, { shape, values }: Numbers): Constant {
  const [channels = 1] = shape;
  const size = values.length / channels;
  const first = (channel: number) => values.subarray(channel * size, (channel + 1) * size);
  if (channels < 2 || values.length % channels !== 0) return uniform(where, values);
  const each = Array.from({ length: channels }, (_, channel) =>
    uniform(`${where}[${channel}]`, first(channel), 'channel'),
  );
  return constantOf(each);
}

/** One number per channel, or the one that all have. */
export function constantOf(each: readonly number[]): Constant {
  return each.every((value) => value === each[0]) ? (each[0] as number) : each;
}

/** A constant with every number changed. */
export function eachOf(constant: Constant, change: (value: number) => number): Constant {
  return typeof constant === 'number' ? change(constant) : constant.map(change);
}

/** The constant of a channel. */
export function valueOf(constant: Constant, channel: number): number {
  return typeof constant === 'number' ? constant : (constant[channel] as number);
}

/** A constant in words. */
export function wordsOf(constant: Constant): string {
  if (typeof constant === 'number') return String(constant);
  const [least, greatest] = [Math.min, Math.max].map((pick) => constant.reduce((a, b) => pick(a, b)));
  return `${least} to ${greatest} (${constant.length} channels)`;
}

/**
 * The one number that all neurons of a layer or channel have.
 * @throws CertispikeError `cannot-convert` where they differ
 */
export function uniform(where: string, values: ArrayLike<number>, of: 'layer' | 'channel' = 'layer'): number {
  const first = values[0];
  if (first === undefined) throw unmapped(where, 'expected a number, got none');
  for (let index = 1; index < values.length; index += 1) {
    if (values[index] !== first) {
      throw unmapped(
        where,
        `expected one number for all neurons of a ${of}, got ${first} and ${values[index]} (index ${index})`,
      );
    }
  }
  return first;
}
