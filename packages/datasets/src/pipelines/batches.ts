import { integerOption } from '../error.js';
import type { Batch, BatchOptions, Example, ExampleList } from './interface.js';
import { pipeline } from './pipeline.js';

/** f32 of byte / 255 for every byte. */
const INTENSITY = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Checks the options at once, then goes through `source` lazily. */
export function batches(source: ExampleList, options: BatchOptions): AsyncIterable<Batch> {
  const size = integerOption('size', options.size, 1, 2 ** 31 - 1);
  const skip = integerOption('skip', options.skip ?? 0, 0, 2 ** 31 - 1);
  const examples = pipeline(source, { shuffle: options.shuffle, skip: skip * size });
  const pixels = source.shape[0] * source.shape[1] * source.shape[2];
  return {
    async *[Symbol.asyncIterator]() {
      // Dataset.batch() makes tensors and so needs a tfjs backend; rows of the iterator need none.
      const rows = (await examples.iterator()).rowMajorBatch(size);
      for (;;) {
        const step = await rows.next();
        if (step.done === true) return;
        yield collate(step.value, pixels);
      }
    },
  };
}

function collate(examples: Example[], pixels: number): Batch {
  const samples = new Uint32Array(examples.length);
  const labels = new Uint8Array(examples.length);
  const images = new Float32Array(examples.length * pixels);
  examples.forEach(({ sample, image, label }, row) => {
    samples[row] = sample;
    labels[row] = label;
    const start = row * pixels;
    for (let i = 0; i < pixels; i += 1) images[start + i] = INTENSITY[image[i] as number] as number;
  });
  return { samples, images, labels };
}
