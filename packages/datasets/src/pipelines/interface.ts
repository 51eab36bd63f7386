import type { Shuffle } from './order.js';

/** Some examples, ready for a network. Its arrays are fresh: the receiver may keep or transfer them. */
export interface Batch {
  /** Index of each example in the underlying data set, the same in every split and subset. `[B]` */
  readonly samples: Uint32Array;
  /**
   * Pixels in [0, 1], byte / 255 in f32: `[B * channels * height * width]`. Of a source with `steps`: spikes, 0 or 1:
   * `[B * steps * channels * height * width]`.
   */
  readonly images: Float32Array;
  /** Classes. `[B]` */
  readonly labels: Uint8Array;
}

/** How to go through a source once. */
export interface BatchOptions {
  /** Examples per batch, at least 1; the final batch may be smaller. */
  readonly size: number;
  /** Order of the epoch; without it the order is that of the data set. */
  readonly shuffle?: Shuffle | undefined;
  /** Batches to leave out at the start, for a run that resumes in the middle of an epoch. Default 0. */
  readonly skip?: number | undefined;
}

/** Labelled images, or recordings cut to frames of spikes, that can be gone through any number of times: what the SDK trains on and certifies. */
export interface Source {
  readonly name: string;
  /** Channels, height, width. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  /** Frames per example, for spikes; undefined for images. */
  readonly steps?: number | undefined;
  /** Number of examples. */
  readonly length: number;
  batches(options: BatchOptions): AsyncIterable<Batch>;
}

/** What an {@link Augment} is told of an example. */
export interface AugmentContext {
  readonly sample: number;
  readonly label: number;
  /** Channels, height, width. */
  readonly shape: readonly [number, number, number];
  /** Frames of spikes; undefined for an image. */
  readonly steps: number | undefined;
  /** Numbers in [0, 1), fixed by the seed, the epoch and the example. */
  readonly random: () => number;
}

/**
 * Changes an example while it is read for training. Gets pixels 0..255, or spikes 0 and 1, in memory of its own; gives as
 * many, in the same or other memory.
 */
export type Augment = (image: Uint8Array, context: AugmentContext) => Uint8Array;

/** One example as bytes. */
export interface Example {
  /** Index in the underlying data set. */
  readonly sample: number;
  /** Pixels 0..255, to be read only: `[channels * height * width]`; or spikes, 0 or 1: `[steps * channels * height * width]` */
  readonly image: Uint8Array;
  readonly label: number;
}

/** What a pipeline needs of a source: which examples, and a way to each. */
export interface ExampleList {
  readonly shape: readonly [number, number, number];
  readonly steps?: number | undefined;
  /** Index in the data set of the example at each position; to be read only. */
  readonly samples: Uint32Array;
  /** @param shuffle the epoch it is read for; without it the example is as it is in the data set. */
  example(sample: number, shuffle?: Shuffle): Example;
}
