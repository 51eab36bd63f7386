import type { Batch } from './source.js';

/** Examples `start` to `end` of a batch, in memory of their own. */
export function cut({ samples, images, labels }: Batch, start: number, end: number): Batch {
  const size = images.length / samples.length;
  return {
    samples: samples.slice(start, end),
    images: images.slice(start * size, end * size),
    labels: labels.slice(start, end),
  };
}

/** The first examples of a batch, or all of it when there are not more. */
export function first(batch: Batch, count: number): Batch {
  return batch.samples.length <= count ? batch : cut(batch, 0, count);
}
