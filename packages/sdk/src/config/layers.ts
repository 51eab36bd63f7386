import * as v from 'valibot';
import { deepFrozen, fields, whole } from './check.js';
import { type Neuron, neuronSchema, paperNeuron } from './neuron.js';

/** Every output sees every input. */
export interface LinearLayer {
  readonly kind: 'linear';
  readonly outputs: number;
  readonly neuron: Neuron;
}

/** A square convolution over the layer's map. */
export interface Conv2dLayer {
  readonly kind: 'conv2d';
  /** Output channels. */
  readonly channels: number;
  /** Side of the kernel, in pixels. */
  readonly kernel: number;
  readonly stride: number;
  /** Zeros added at every side; less than the kernel. */
  readonly padding: number;
  readonly neuron: Neuron;
}

/** An affine map followed by neurons. */
export type Layer = LinearLayer | Conv2dLayer;

/** Geometry of {@link conv2d}, and the neurons' constants where they differ from the paper's. */
export interface Conv2dOptions extends Partial<Neuron> {
  readonly kernel: number;
  /** 1 unless given. */
  readonly stride?: number;
  /** 0 unless given. */
  readonly padding?: number;
}

const largest = 1 << 20;

export const layerSchema = v.variant(
  'kind',
  [
    fields({ kind: v.literal('linear'), outputs: whole(1, largest), neuron: neuronSchema }),
    fields({
      kind: v.literal('conv2d'),
      channels: whole(1, largest),
      kernel: whole(1, 1024),
      stride: v.optional(whole(1, 1024), 1),
      padding: v.optional(whole(0, 1023), 0),
      neuron: neuronSchema,
    }),
  ],
  "a layer made by linear() or conv2d(), with kind 'linear' or 'conv2d'",
);

/**
 * A linear layer of `outputs` neurons.
 * @param neuron threshold, leak and reset; the paper's unless given
 */
export function linear(outputs: number, neuron: Partial<Neuron> = {}): LinearLayer {
  return deepFrozen({ kind: 'linear', outputs, neuron: { ...paperNeuron, ...neuron } });
}

/** A convolution layer of `channels` output channels. */
export function conv2d(channels: number, options: Conv2dOptions): Conv2dLayer {
  const { kernel, stride = 1, padding = 0, ...neuron } = options;
  return deepFrozen({ kind: 'conv2d', channels, kernel, stride, padding, neuron: { ...paperNeuron, ...neuron } });
}
