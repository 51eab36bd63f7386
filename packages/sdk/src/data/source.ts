import type { ImageShape } from '../config/input.js';

/** Some examples, in one stretch of memory per kind. */
export interface Batch {
  /** Per example its index in the underlying data set: the key of its draws, the same in every subset. */
  readonly samples: Uint32Array;
  /** Pixels in [0, 1], `[examples, channels, height, width]`; spikes, 0 or 1, `[examples, steps, channels, height, width]`. */
  readonly images: Float32Array;
  /** Class per example. */
  readonly labels: Uint8Array;
}

/** Which batches to read. */
export interface BatchOptions {
  /** Examples per batch; the last may be smaller. */
  readonly size: number;
  /** A new order for every (seed, epoch); the source's own order unless given. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number };
  /** Batches to leave out at the beginning, for going on in the middle of an epoch. */
  readonly skip?: number;
}

/** Labelled images, or recordings of spikes, that can be read in batches, again and again. */
export interface Source {
  /** For messages and checkpoints. */
  readonly name: string;
  /** Of an image, or of the spikes of one step. */
  readonly shape: ImageShape;
  /** Time steps of an example where examples are spikes; undefined for images. */
  readonly steps?: number | undefined;
  readonly classes: number;
  /** Number of examples. */
  readonly length: number;
  batches(options: BatchOptions): AsyncIterable<Batch>;
}
