import alea from 'seedrandom/lib/alea.js';
import { DatasetError, integerOption, show } from '../error.js';
import { bytesFor, unpackBits } from '../parsers/bits.js';
import type { Examples } from '../parsers/examples.js';
import { batches, numbersOf } from './batches.js';
import type { Augment, Batch, BatchOptions, Example, ExampleList, Source } from './interface.js';
import type { Shuffle } from './order.js';

/**
 * A source over examples in memory: some of them, in some order. They stay bytes, or bits, until they are batched.
 * @example
 * ```ts
 * import { ExampleSource } from '@certispike/datasets';
 *
 *
 * const images = Uint8Array.of(0, 255, 255, 0);
 * const labels = Uint8Array.of(0, 1);
 * const source = new ExampleSource('mine', { images, labels, shape: [1, 1, 2], classes: 2, count: 2 }, Uint32Array.of(1, 0));
 * console.log(source.length, source.label(1)); // 2 1
 * ```
 */
export class ExampleSource implements Source, ExampleList {
  readonly name: string;
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly steps: number | undefined;
  readonly length: number;
  /** Index in the data set of the example at each position; to be read only. */
  readonly samples: Uint32Array;
  readonly #examples: Examples;
  readonly #augments: readonly Augment[];
  /** Numbers of an example, and bytes that hold them. */
  readonly #numbers: number;
  readonly #size: number;

  /** @throws DatasetError `option-invalid` when `samples` holds an index that `examples` does not have. */
  constructor(name: string, examples: Examples, samples: Uint32Array, augments: readonly Augment[] = []) {
    for (const sample of samples) integerOption('samples', sample, 0, examples.count - 1);
    this.name = name;
    this.shape = examples.shape;
    this.classes = examples.classes;
    this.steps = examples.steps;
    this.length = samples.length;
    this.samples = samples;
    this.#examples = examples;
    this.#augments = augments;
    this.#numbers = numbersOf(this);
    this.#size = this.steps === undefined ? this.#numbers : bytesFor(this.#numbers);
  }

  /**
   * Goes through the source once.
   * @throws DatasetError `option-invalid`, at once and not at the first batch.
   */
  batches(options: BatchOptions): AsyncIterable<Batch> {
    return batches(this, options);
  }

  /**
   * The example with this index in the data set, whether or not it belongs to this source.
   * @param shuffle the epoch it is read for: augmented where the source is.
   */
  example(sample: number, shuffle?: Shuffle): Example {
    const { images, labels, count } = this.#examples;
    integerOption('sample', sample, 0, count - 1);
    this.#examples.fill?.(sample);
    const stored = images.subarray(sample * this.#size, (sample + 1) * this.#size);
    const image = this.steps === undefined ? stored : unpackBits(stored, this.#numbers);
    const example = { sample, image, label: labels[sample] as number };
    return shuffle === undefined || this.#augments.length === 0 ? example : this.#augmented(example, shuffle);
  }

  /**
   * The same source, whose examples `augment` changes whenever they are read in a shuffled order: for training. Called
   * again, one change comes after the other.
   */
  augmented(augment: Augment): ExampleSource {
    return new ExampleSource(this.name, this.#examples, this.samples, [...this.#augments, augment]);
  }

  /** The class of the example with this index in the data set. */
  label(sample: number): number {
    return this.#examples.labels[integerOption('sample', sample, 0, this.#examples.count - 1)] as number;
  }

  /** Examples of the data set, of which this source has some. */
  get available(): number {
    return this.#examples.count;
  }

  /** How many examples of this source each class has. `[classes]` */
  classCounts(): number[] {
    const counts = new Array<number>(this.classes).fill(0);
    for (const sample of this.samples) counts[this.#examples.labels[sample] as number]! += 1;
    return counts;
  }

  /** The first `limit` examples, or all when there are fewer. */
  subset(limit: number): ExampleSource {
    integerOption('limit', limit, 1, Number.MAX_SAFE_INTEGER);
    return limit >= this.length ? this : this.selected(this.samples.slice(0, limit));
  }

  /**
   * The examples of the data set with these indices, in this order, whether or not they belong to this source.
   * @throws DatasetError `option-invalid`
   */
  selected(samples: Uint32Array): ExampleSource {
    return new ExampleSource(this.name, this.#examples, samples, this.#augments);
  }

  #augmented({ sample, label, image }: Example, { seed, epoch }: Shuffle): Example {
    const random = alea(`certispike/augment/${seed}/${epoch}/${sample}`);
    const { shape, steps } = this;
    let changed: Uint8Array = image.slice();
    for (const augment of this.#augments) {
      changed = augment(changed, { sample, label, shape, steps, random });
      if (changed.length !== image.length) {
        throw new DatasetError('option-invalid', {
          field: 'augment',
          expected: `${image.length} numbers, as many as it gets`,
          received: `${changed.length}`,
        });
      }
    }
    return { sample, label, image: changed };
  }
}

/**
 * The first `limit` examples of `source` in the order of the data set, as a source with the same sample indices.
 * @throws DatasetError `option-invalid` when `limit` is not a positive integer or the source is not of this package.
 * @example
 * ```ts
 * import { mnist, subset } from '@certispike/datasets';
 *
 *
 * const { test } = await mnist();
 * console.log(subset(test, 1000).length); // 1000
 * ```
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
