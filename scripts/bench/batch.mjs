import { mnist } from '@certispike/datasets';
import { Mistake } from './failure.mjs';

/**
 * The first images of MNIST's test set.
 * @throws Mistake when there are not as many, or MNIST is missing
 */
export async function readBatch(size) {
  const { test } = await mnist().catch((error) => {
    throw new Mistake(`MNIST: ${error.message}`);
  });
  if (size > test.length) throw new Mistake(`--batch ${size}: the test set has ${test.length} images`);
  for await (const batch of test.batches({ size })) return batch;
  throw new Mistake('MNIST: the test set is empty');
}

/** Some rows of a batch. */
export function rowsOf({ samples, images, labels }, rows) {
  const pixels = images.length / samples.length;
  const picked = new Float32Array(rows.length * pixels);
  rows.forEach((row, index) => picked.set(images.subarray(row * pixels, (row + 1) * pixels), index * pixels));
  return {
    samples: Uint32Array.from(rows, (row) => samples[row]),
    images: picked,
    labels: Uint8Array.from(rows, (row) => labels[row]),
  };
}

/**
 * A source that gives the same batch again and again: `length` examples in all. What a run reads is in memory, as it is
 * for the peers.
 */
export function repeated(batch, batches) {
  const size = batch.samples.length;
  return {
    name: 'mnist/test',
    shape: [1, 28, 28],
    classes: 10,
    length: batches * size,
    async *batches() {
      for (let index = 0; index < batches; index += 1) yield batch;
    },
  };
}
