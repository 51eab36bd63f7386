import * as v from 'valibot';
import { deepFrozen, fields, oneOf, whole } from './check.js';

/** Channels, height and width of an image. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** How an example becomes what the first layer sees. */
export interface Input {
  readonly shape: ImageShape;
  /**
   * `rate`: pixel `x` spikes at a step when `x > draw`, draws uniform in [0, 1); `direct`: the pixel, at every step;
   * `spikes`: an example is spikes already, one map of zeros and ones per step.
   */
  readonly encoding: 'rate' | 'direct' | 'spikes';
  /** Time steps an example is shown for unless a call says otherwise; 1 to 65536. */
  readonly steps: number;
}

/** The largest number of time steps. */
export const mostSteps = 65536;

/** Time steps of a call or of a network. */
export const stepsSchema = whole(1, mostSteps);

const size = whole(1, 65536);

export const shapeSchema = v.strictTuple([size, size, size], 'three sizes [channels, height, width]');

export const inputSchema = fields({
  shape: shapeSchema,
  encoding: v.optional(oneOf('rate', 'direct', 'spikes'), 'rate'),
  steps: v.optional(stepsSchema, 10),
});

/**
 * Bernoulli rate code of pixels in [0, 1]: 10 steps unless given.
 * @example
 * ```ts
 * import { linear, network, rate } from '@certispike/sdk';
 *
 *
 * const net = network({ input: rate([1, 28, 28], { steps: 4 }), layers: [linear(10)] });
 * ```
 */
export function rate(shape: ImageShape, { steps = 10 }: { readonly steps?: number } = {}): Input {
  return deepFrozen({ shape: [...shape], encoding: 'rate', steps });
}

/**
 * The pixels themselves at every step: 10 steps unless given.
 * @example
 * ```ts
 * import { direct, paper } from '@certispike/sdk';
 *
 *
 * const net = paper.fc({ input: direct([1, 28, 28], { steps: 1 }), readout: 'membrane' });
 * ```
 */
export function direct(shape: ImageShape, { steps = 10 }: { readonly steps?: number } = {}): Input {
  return deepFrozen({ shape: [...shape], encoding: 'direct', steps });
}

/**
 * Spikes, such as the events of a camera binned in time: examples are `[steps, channels, height, width]` zeros and ones,
 * of which a call with fewer steps takes the first. 10 steps unless given.
 * @example
 * ```ts
 * import { linear, network, spikes } from '@certispike/sdk';
 *
 *
 * const net = network({ input: spikes([2, 34, 34], { steps: 10 }), layers: [linear(128), linear(10)] });
 * ```
 */
export function spikes(shape: ImageShape, { steps = 10 }: { readonly steps?: number } = {}): Input {
  return deepFrozen({ shape: [...shape], encoding: 'spikes', steps });
}
