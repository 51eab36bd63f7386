import type { ImageShape } from '../config/input.js';
import type { Region } from '../config/region.js';

/** An input of a region that a model gets wrong although it gets the clean one right. */
export interface AdversarialExample {
  /** Place in the source's order. */
  readonly index: number;
  /** Key in the data set. */
  readonly sample: number;
  readonly label: number;
  /** Class that the model gives it: that with the largest score, the first of several. */
  readonly prediction: number;
  /** Place of the stage that found it. */
  readonly stage: number;
  /** What was perturbed: pixels `[channels, height, width]`, or spikes `[steps, channels, height, width]`, given or drawn. */
  readonly clean: Float32Array;
  /** The perturbed input, in the same form. */
  readonly values: Float32Array;
}

/** Adversarial examples with what it takes to try them again. */
export interface AdversarialSet {
  /** What is perturbed: a region of spikes over a rate code perturbs the spikes that were drawn. */
  readonly kind: 'pixels' | 'spikes';
  /** Of an image, or of the spikes of one step. */
  readonly shape: ImageShape;
  readonly region: Region;
  readonly steps: number;
  readonly seed: number;
  readonly presentation: number;
  readonly attackSeed: number;
  /** The attacks that ran, in order; an example's `stage` is a place among them. */
  readonly stages: readonly { readonly name: string }[];
  /** {@link fingerprint} of the model that was attacked. */
  readonly fingerprint: string;
  /** In the order of the source. */
  readonly adversarial: readonly AdversarialExample[];
}

/** How many numbers an example of a set has. */
export function sizeOfExample({ kind, shape, steps }: Pick<AdversarialSet, 'kind' | 'shape' | 'steps'>): number {
  return shape.reduce((product, side) => product * side, kind === 'spikes' ? steps : 1);
}
