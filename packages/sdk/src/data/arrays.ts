import { sizeOf } from '../config/shape.js';
import { check, whole } from '../config/check.js';
import { type ImageShape, shapeSchema, stepsSchema } from '../config/input.js';
import { CertispikeError } from '../error.js';
import { checkBatch } from './batch.js';
import { shuffled } from './order.js';
import type { Batch, BatchOptions, Source } from './source.js';

/** Images (or spikes) and labels in memory. */
export interface Arrays {
  /** For messages; `arrays` unless given. */
  readonly name?: string;
  readonly shape: ImageShape;
  /** Time steps of an example, for spikes; images unless given. */
  readonly steps?: number | undefined;
  readonly classes: number;
  /** Pixels in [0, 1], `[examples, channels, height, width]`, or spikes, `[examples, steps, channels, height, width]`; not copied. */
  readonly images: Float32Array;
  /** Class per example, from 0; not copied. */
  readonly labels: Uint8Array;
}

/**
 * A source of your own data.
 * @throws CertispikeError `invalid-shape` when the arrays do not fit each other, `invalid-value` for a pixel that is no
 *   number or a spike that is neither 0 nor 1, `invalid-label` for a label that is no class
 * @example
 * ```ts
 * import { arrays, evaluate } from '@certispike/sdk';
 *
 *
 * const images = new Float32Array(2 * 784).fill(0.5);
 * const source = arrays({ shape: [1, 28, 28], classes: 10, images, labels: Uint8Array.of(3, 7) });
 * const { predictions } = await evaluate(engine, model, source);
 * ```
 */
export function arrays({ name = 'arrays', shape, steps, classes, images, labels }: Arrays): Source {
  check('shape', shapeSchema, shape);
  check('classes', whole(2, 256), classes);
  const length = labels.length;
  if (length === 0) throw CertispikeError.expected('invalid-shape', 'labels', 'at least one example', 0);
  const samples = Uint32Array.from({ length }, (_, index) => index);
  if (steps !== undefined) check('steps', stepsSchema, steps);
  const size = sizeOf(shape) * (steps ?? 1);
  checkBatch(name, { samples, images, labels }, { shape, steps, classes });

  function* read({ size: count, shuffle, skip = 0 }: BatchOptions): Generator<Batch, undefined> {
    const order = shuffle === undefined ? samples : shuffled(length, shuffle);
    for (let start = skip * count; start < length; start += count) {
      yield gathered(order.slice(start, start + count), size, images, labels);
    }
  }
  const batches = (options: BatchOptions): AsyncIterable<Batch> => {
    const reader = read(options);
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(reader.next()) }) };
  };
  return Object.freeze({ name, shape, ...(steps === undefined ? {} : { steps }), classes, length, batches });
}

function gathered(samples: Uint32Array, size: number, images: Float32Array, labels: Uint8Array): Batch {
  const pixels = new Float32Array(samples.length * size);
  samples.forEach((sample, index) => pixels.set(images.subarray(sample * size, (sample + 1) * size), index * size));
  return { samples, images: pixels, labels: Uint8Array.from(samples, (sample) => labels[sample] as number) };
}
