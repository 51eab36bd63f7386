import { integerOption } from '../error.js';
import type { Batch, BatchOptions, Example, ExampleList } from './interface.js';
import { pipeline } from './pipeline.js';

/** f32 of byte / 255 for every byte. */
const INTENSITY = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
/** f32 of every byte, for spikes. */
const COUNT = Float32Array.from({ length: 256 }, (_, byte) => byte);

/** Checks the options at once, then goes through `source` lazily. */
export function batches(source: ExampleList, options: BatchOptions): AsyncIterable<Batch> {
  const size = integerOption('size', options.size, 1, 2 ** 31 - 1);
  const skip = integerOption('skip', options.skip ?? 0, 0, 2 ** 31 - 1);
  const examples = pipeline(source, { shuffle: options.shuffle, skip: skip * size });
  const pixels = numbersOf(source);
  const scale = source.steps === undefined ? INTENSITY : COUNT;
  return {
    async *[Symbol.asyncIterator]() {
      // Dataset.batch() makes tensors and so needs a tfjs backend; rows of the iterator need none.
      const rows = (await examples.iterator()).rowMajorBatch(size);
      for (;;) {
        const step = await rows.next();
        if (step.done === true) return;
        yield collate(step.value, pixels, scale);
      }
    },
  };
}

/** Numbers of one example. */
export function numbersOf({ shape, steps = 1 }: Pick<ExampleList, 'shape' | 'steps'>): number {
  return steps * shape[0] * shape[1] * shape[2];
}

function collate(examples: Example[], pixels: number, scale: Float32Array): Batch {
  const samples = new Uint32Array(examples.length);
  const labels = new Uint8Array(examples.length);
  const images = new Float32Array(examples.length * pixels);
  examples.forEach(({ sample, image, label }, row) => {
    samples[row] = sample;
    labels[row] = label;
    const start = row * pixels;
    for (let i = 0; i < pixels; i += 1) images[start + i] = scale[image[i] as number] as number;
  });
  return { samples, images, labels };
}
