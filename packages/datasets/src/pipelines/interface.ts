import type { Shuffle } from './order.js';

/** Some examples, ready for a network. Its arrays are fresh: the receiver may keep or transfer them. */
export interface Batch {
  /** Index of each example in the underlying data set, the same in every split and subset. `[B]` */
  readonly samples: Uint32Array;
  /** Pixels in [0, 1], byte / 255 in f32. `[B * channels * height * width]` */
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

/** Labelled images that can be gone through any number of times: what the SDK trains on and certifies. */
export interface Source {
  readonly name: string;
  /** Channels, height, width. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  /** Number of examples. */
  readonly length: number;
  batches(options: BatchOptions): AsyncIterable<Batch>;
}

/** One example as bytes. */
export interface Example {
  /** Index in the underlying data set. */
  readonly sample: number;
  /** Pixels 0..255: a view of the data set, to be read only. `[channels * height * width]` */
  readonly image: Uint8Array;
  readonly label: number;
}

/** What a pipeline needs of a source: which examples, and a way to each. */
export interface ExampleList {
  readonly shape: readonly [number, number, number];
  /** Index in the data set of the example at each position; to be read only. */
  readonly samples: Uint32Array;
  example(sample: number): Example;
}
