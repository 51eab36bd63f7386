import { DatasetError, integerOption, show } from '../error.js';
import type { Examples } from '../parsers/examples.js';
import { batches } from './batches.js';
import type { Batch, BatchOptions, Example, ExampleList, Source } from './interface.js';

/** A source over examples in memory: some of them, in some order. Pixels stay bytes until they are batched. */
export class ExampleSource implements Source, ExampleList {
  readonly name: string;
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly length: number;
  /** Index in the data set of the example at each position; to be read only. */
  readonly samples: Uint32Array;
  readonly #examples: Examples;

  /** @throws DatasetError `option-invalid` when `samples` holds an index that `examples` does not have. */
  constructor(name: string, examples: Examples, samples: Uint32Array) {
    for (const sample of samples) integerOption('samples', sample, 0, examples.count - 1);
    this.name = name;
    this.shape = examples.shape;
    this.classes = examples.classes;
    this.length = samples.length;
    this.samples = samples;
    this.#examples = examples;
  }

  /**
   * Goes through the source once.
   * @throws DatasetError `option-invalid`, at once and not at the first batch.
   */
  batches(options: BatchOptions): AsyncIterable<Batch> {
    return batches(this, options);
  }

  /** The example with this index in the data set, whether or not it belongs to this source. */
  example(sample: number): Example {
    const { images, labels, shape, count } = this.#examples;
    integerOption('sample', sample, 0, count - 1);
    const pixels = shape[0] * shape[1] * shape[2];
    return {
      sample,
      image: images.subarray(sample * pixels, (sample + 1) * pixels),
      label: labels[sample] as number,
    };
  }

  /** How many examples of this source each class has. `[classes]` */
  classCounts(): number[] {
    const counts = new Array<number>(this.classes).fill(0);
    for (const sample of this.samples) {
      const { label } = this.example(sample);
      counts[label] = (counts[label] as number) + 1;
    }
    return counts;
  }

  /** The first `limit` examples, or all when there are fewer. */
  subset(limit: number): ExampleSource {
    integerOption('limit', limit, 1, Number.MAX_SAFE_INTEGER);
    if (limit >= this.length) return this;
    return new ExampleSource(this.name, this.#examples, this.samples.slice(0, limit));
  }
}

/**
 * The first `limit` examples of `source` in the order of the data set, as a source with the same sample indices.
 * @throws DatasetError `option-invalid` when `limit` is not a positive integer or the source is not of this package.
 */
export function subset(source: Source, limit: number): ExampleSource {
  const candidate = source as Partial<ExampleSource>;
  if (typeof candidate.subset !== 'function') {
    throw new DatasetError('option-invalid', {
      field: 'source',
      expected: 'a source made by this package',
      received: show(source),
    });
  }
  return candidate.subset(limit);
}
