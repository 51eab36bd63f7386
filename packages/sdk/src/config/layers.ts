import * as v from 'valibot';
import { deepFrozen, fields, whole } from './check.js';
import { completeNeuron, type Neuron, neuronSchema } from './neuron.js';

/** Every output sees every input. */
export interface LinearLayer {
  readonly kind: 'linear';
  readonly outputs: number;
  readonly neuron: Neuron;
}

/** A size along both sides of a map, or one along the height and one along the width. */
export type Sides = number | readonly [vertical: number, horizontal: number];

/** A convolution over the layer's map. */
export interface Conv2dLayer {
  readonly kind: 'conv2d';
  /** Output channels. */
  readonly channels: number;
  /** Sides of the kernel, in pixels. */
  readonly kernel: Sides;
  readonly stride: Sides;
  /** Zeros added at every side; less than the kernel. */
  readonly padding: Sides;
  /** From one pixel of the kernel to the next; 1 if it is not there. */
  readonly dilation?: Sides;
  readonly neuron: Neuron;
}

/** What all windows that slide over a map have in common. */
export interface PoolWindow {
  /** Sides of the window, in pixels. */
  readonly kernel: Sides;
  readonly stride: Sides;
  /** Zeros added at every side; less than the kernel. */
  readonly padding: Sides;
}

/** The sum over every window, channel by channel. No neurons: it is one map with the layer after it. */
export interface SumPool2dLayer extends PoolWindow {
  readonly kind: 'sumpool2d';
}

/** The sum over every window divided by its size, padding included. No neurons, as {@link SumPool2dLayer}. */
export interface AvgPool2dLayer extends PoolWindow {
  readonly kind: 'avgpool2d';
}

/** A pool; anywhere but at the end. */
export type PoolLayer = SumPool2dLayer | AvgPool2dLayer;

/** An affine map followed by neurons, or a pool. */
export type Layer = LinearLayer | Conv2dLayer | PoolLayer;

/** Geometry of {@link conv2d}, and the neurons' constants where they differ from the paper's. */
export interface Conv2dOptions extends Partial<Neuron> {
  readonly kernel: Sides;
  /** 1 unless given. */
  readonly stride?: Sides;
  /** 0 unless given. */
  readonly padding?: Sides;
  /** 1 unless given. */
  readonly dilation?: Sides;
}

/** Geometry of {@link sumPool2d} and {@link avgPool2d}. */
export interface Pool2dOptions {
  readonly kernel: Sides;
  /** The kernel unless given, so that windows lie side by side. */
  readonly stride?: Sides;
  /** 0 unless given. */
  readonly padding?: Sides;
}

const largest = 1 << 20;

/** Two equal sides are written as one number, so that equal layers have equal descriptions. */
function sides(min: number, max: number) {
  const side = whole(min, max);
  const expected = `a whole number from ${min} to ${max}, or two of them [vertical, horizontal]`;
  const shortest = (of: number | [number, number]): Sides => (typeof of !== 'number' && of[0] === of[1] ? of[0] : of);
  return v.pipe(v.union([side, v.strictTuple([side, side])], expected), v.transform(shortest));
}

const kernel = sides(1, 1024);
const stride = sides(1, 1024);
const padding = v.optional(sides(0, 1023), 0);

function poolSchema<const K extends string>(kind: K) {
  return v.pipe(
    fields({ kind: v.literal(kind), kernel, stride: v.optional(stride), padding }),
    v.transform(({ stride, ...pool }) => ({ ...pool, stride: stride ?? pool.kernel })),
  );
}

const convSchema = v.pipe(
  fields({
    kind: v.literal('conv2d'),
    channels: whole(1, largest),
    kernel,
    stride: v.optional(stride, 1),
    padding,
    dilation: v.optional(sides(1, 1024)),
    neuron: neuronSchema,
  }),
  v.transform(({ dilation, ...layer }) => ({
    ...layer,
    ...(dilation !== undefined && dilation !== 1 && { dilation }),
  })),
);

export const layerSchema = v.variant(
  'kind',
  [
    fields({ kind: v.literal('linear'), outputs: whole(1, largest), neuron: neuronSchema }),
    convSchema,
    poolSchema('sumpool2d'),
    poolSchema('avgpool2d'),
  ],
  "a layer made by linear(), conv2d(), sumPool2d() or avgPool2d(), with kind 'linear', 'conv2d', 'sumpool2d' or 'avgpool2d'",
);

/**
 * A linear layer of `outputs` neurons.
 * @param neuron threshold, leak and reset; the paper's unless given
 * @example
 * ```ts
 * import { linear, network, rate } from '@certispike/sdk';
 *
 *
 * const hidden = linear(256, { threshold: 1, leak: 0.5, reset: 'soft' });
 * const net = network({ input: rate([1, 28, 28]), layers: [hidden, linear(10)] });
 * ```
 */
export function linear(outputs: number, neuron: Partial<Neuron> = {}): LinearLayer {
  return deepFrozen({ kind: 'linear', outputs, neuron: completeNeuron(neuron) });
}

/**
 * A convolution layer of `channels` output channels.
 * @example
 * ```ts
 * import { conv2d, linear, network, rate } from '@certispike/sdk';
 *
 *
 * const layers = [conv2d(32, { kernel: 3, stride: 2, padding: 1 }), linear(10)];
 * const net = network({ input: rate([1, 28, 28]), layers });
 * ```
 */
export function conv2d(channels: number, options: Conv2dOptions): Conv2dLayer {
  const { kernel, stride = 1, padding = 0, dilation, ...neuron } = options;
  return deepFrozen({
    kind: 'conv2d',
    channels,
    kernel,
    stride,
    padding,
    ...(dilation !== undefined && { dilation }),
    neuron: completeNeuron(neuron),
  });
}

/**
 * The sum over every window of the map, channel by channel; the layer after it sees the sums.
 * @example
 * ```ts
 * import { conv2d, linear, network, spikes, sumPool2d } from '@certispike/sdk';
 *
 *
 * const layers = [conv2d(8, { kernel: 3, padding: 1 }), sumPool2d({ kernel: 2 }), linear(10)];
 * const net = network({ input: spikes([2, 34, 34]), layers });
 * ```
 */
export function sumPool2d({ kernel, stride = kernel, padding = 0 }: Pool2dOptions): SumPool2dLayer {
  return deepFrozen({ kind: 'sumpool2d', kernel, stride, padding });
}

/**
 * The mean over every window of the map, zeros of the padding counted as PyTorch counts them by default.
 * @example
 * ```ts
 * import { avgPool2d, conv2d, linear, network, rate } from '@certispike/sdk';
 *
 *
 * const layers = [conv2d(8, { kernel: 3, padding: 1 }), avgPool2d({ kernel: 2 }), linear(10)];
 * const net = network({ input: rate([1, 28, 28]), layers });
 * ```
 */
export function avgPool2d({ kernel, stride = kernel, padding = 0 }: Pool2dOptions): AvgPool2dLayer {
  return deepFrozen({ kind: 'avgpool2d', kernel, stride, padding });
}

/**
 * Whether a layer is a pool: without neurons and parameters.
 * @example
 * ```ts
 * import { isPool, linear, sumPool2d } from '@certispike/sdk';
 *
 *
 * console.log(isPool(sumPool2d({ kernel: 2 })), isPool(linear(10))); // true false
 * ```
 */
export function isPool(layer: Layer): layer is PoolLayer {
  return layer.kind === 'sumpool2d' || layer.kind === 'avgpool2d';
}
