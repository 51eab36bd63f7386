import { generator } from '@tensorflow/tfjs-data';
import { integerOption } from '../error.js';
import type { ExampleList } from './interface.js';
import { epochOrder, type Shuffle } from './order.js';

/** How to go through the examples of a source. */
export interface PipelineOptions {
  /** Order of the epoch; without it the order is that of the data set. */
  readonly shuffle?: Shuffle | undefined;
  /** Examples to leave out at the start. Default 0. */
  readonly skip?: number | undefined;
}

/** `Example` in the form tfjs takes (an index signature, nothing read only). */
export interface ExampleRow {
  [field: string]: number | Uint8Array;
  sample: number;
  image: Uint8Array;
  label: number;
}

/** `tf.data.Dataset` of examples. */
export type ExampleDataset = ReturnType<typeof generator<ExampleRow>>;

/**
 * A `tf.data` dataset of the examples of `source` (`{ sample, image, label }`, pixels as bytes), to map, filter or batch
 * further with tfjs. Every iteration gives the same order: `Dataset.shuffle` of tfjs-data would draw another each time,
 * so the order is made here from (seed, epoch).
 * @throws DatasetError `option-invalid`.
 * @example
 * ```ts
 * import { mnist, pipeline } from '@certispike/datasets';
 *
 *
 * const { test } = await mnist();
 * const sevens = pipeline(test.subset(100)).filter(({ label }) => label === 7);
 * console.log((await sevens.toArray()).length); // 15
 * ```
 */
export function pipeline(source: ExampleList, options: PipelineOptions = {}): ExampleDataset {
  const skip = integerOption('skip', options.skip ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const { shuffle } = options;
  const order = shuffle === undefined ? source.samples : epochOrder(source.samples, shuffle);
  return generator<ExampleRow>(function* rows(): Generator<ExampleRow> {
    for (const sample of order.subarray(skip)) yield { ...source.example(sample, shuffle) };
  });
}
