import fc from 'fast-check';
import { ExampleSource, joinExamples, pipeline, stratifiedSplit, subset } from '@certispike/datasets';
import { collect } from './idx-folder.mjs';

/** The order of 12 examples in epoch 0 of seed 1, recorded once: a change would change every training run. */
const RECORDED = [9, 0, 2, 4, 1, 10, 3, 5, 7, 8, 11, 6];

/** `count` examples of 2 x 2 pixels; the first pixel is the index. */
function source(count) {
  const images = new Uint8Array(count * 4);
  for (let i = 0; i < count; i += 1) images[4 * i] = i;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  return new ExampleSource(
    'test',
    { images, labels, shape: [1, 2, 2], classes: 3, count },
    Uint32Array.from({ length: count }, (_, i) => i),
  );
}

const range = (count) => Array.from({ length: count }, (_, i) => i);

describe('batches', () => {
  test('pixels are byte / 255 in f32, in the order of the data set', async () => {
    const { sizes, samples, labels, images } = await collect(source(7), { size: 3 });
    expect(sizes).toEqual([3, 3, 1]);
    expect(samples).toEqual(range(7));
    expect(labels).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(images.filter((_, i) => i % 4 === 0)).toEqual(range(7).map((i) => Math.fround(i / 255)));
  });

  test('a shuffled epoch has every example once and is fixed by (seed, epoch)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 64 }),
        fc.nat(),
        fc.nat(1000),
        async (count, size, seed, epoch) => {
          const options = { size, shuffle: { seed, epoch } };
          const once = await collect(source(count), options);
          expect(once).toEqual(await collect(source(count), options));
          expect([...once.samples].sort((a, b) => a - b)).toEqual(range(count));
          once.samples.forEach((sample, i) => {
            expect(once.labels[i]).toBe(sample % 3);
            expect(once.images[4 * i]).toBe(Math.fround(sample / 255));
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('epochs and seeds differ, and the order is the recorded one', async () => {
    const order = async (seed, epoch) => (await collect(source(12), { size: 5, shuffle: { seed, epoch } })).samples;
    expect(await order(1, 0)).toEqual(RECORDED);
    expect(await order(1, 1)).not.toEqual(RECORDED);
    expect(await order(2, 0)).not.toEqual(RECORDED);
  });

  test('no place is favoured by the shuffle', async () => {
    const count = 6;
    const epochs = 3000;
    const seen = range(count).map(() => range(count).map(() => 0));
    const small = source(count);
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      const { samples } = await collect(small, { size: count, shuffle: { seed: 5, epoch } });
      samples.forEach((sample, place) => (seen[sample][place] += 1));
    }
    // Chi-squared with 25 degrees of freedom: above 52.6 with probability 0.001.
    const expected = epochs / count;
    const chi = seen.flat().reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(52.6);
  });

  test('skip leaves out whole batches and changes nothing else', async () => {
    const options = { size: 4, shuffle: { seed: 3, epoch: 2 } };
    const whole = await collect(source(18), options);
    for (let skip = 0; skip <= 6; skip += 1) {
      const rest = await collect(source(18), { ...options, skip });
      expect(rest.samples).toEqual(whole.samples.slice(4 * skip));
      expect(rest.images).toEqual(whole.images.slice(16 * skip));
    }
  });

  test('two epochs may run at the same time, and one may be left early', async () => {
    const shared = source(40);
    const [a, b] = await Promise.all([
      collect(shared, { size: 3, shuffle: { seed: 1, epoch: 0 } }),
      collect(shared, { size: 3, shuffle: { seed: 1, epoch: 0 } }),
    ]);
    expect(a).toEqual(b);
    for await (const batch of shared.batches({ size: 3 })) {
      expect(Array.from(batch.samples)).toEqual([0, 1, 2]);
      break;
    }
  });

  test.each([
    [{ size: 0 }, 'size: expected an integer from 1 to 2147483647, got 0.'],
    [{ size: 2.5 }, 'size'],
    [{}, 'size'],
    [{ size: 1, skip: -1 }, 'skip'],
    [{ size: 1, shuffle: { seed: Number.NaN, epoch: 0 } }, 'shuffle.seed'],
    [{ size: 1, shuffle: { seed: 1 } }, 'shuffle.epoch'],
  ])('wrong options %j are refused at once', (options, message) => {
    expect(() => source(3).batches(options)).toThrow(message);
  });
});

describe('subset', () => {
  test('the first examples, with the same indices', async () => {
    const limited = subset(source(10), 4);
    expect(limited.length).toBe(4);
    expect((await collect(limited, { size: 3 })).samples).toEqual([0, 1, 2, 3]);
    expect(subset(source(10), 99).length).toBe(10);
    expect(() => subset(source(10), 0)).toThrow('limit');
    expect(() => subset({ length: 3 }, 1)).toThrow('a source made by this package');
  });
});

describe('pipeline', () => {
  test('is a tf.data dataset of bytes, the same at every iteration', async () => {
    const dataset = pipeline(source(6), { shuffle: { seed: 1, epoch: 0 }, skip: 1 });
    const once = (await dataset.toArray()).map(({ sample }) => sample);
    expect(once).toHaveLength(5);
    const odd = await dataset.filter(({ label }) => label === 1).toArray();
    expect(odd.map(({ sample }) => sample)).toEqual(once.filter((sample) => sample % 3 === 1));
    expect(ArrayBuffer.isView(odd[0].image)).toBe(true);
  });
});

describe('stratified split', () => {
  test('disjoint, whole, ascending, in proportion', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300, max: 4 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(),
        (labels, share, seed) => {
          const count = Math.floor(share * labels.length);
          const { kept, held } = stratifiedSplit(labels, 5, count, seed);
          expect(held).toHaveLength(count);
          expect([...kept, ...held].sort((a, b) => a - b)).toEqual(range(labels.length));
          for (const part of [kept, held]) expect(Array.from(part)).toEqual([...part].sort((a, b) => a - b));
          for (let label = 0; label < 5; label += 1) {
            const size = labels.filter((l) => l === label).length;
            const got = held.filter((i) => labels[i] === label).length;
            expect(Math.abs(got - (size * count) / labels.length)).toBeLessThan(1);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('depends on the seed', () => {
    const labels = new Uint8Array(100);
    const [a, b, c] = [1, 1, 2].map((seed) => stratifiedSplit(labels, 1, 10, seed).held);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(() => stratifiedSplit(labels, 1, 100, 0)).toThrow('validation: expected an integer from 0 to 99, got 100.');
  });
});

describe('joining images and labels', () => {
  const images = { file: 'images', idx: { type: 'uint8', shape: [2, 1, 1], data: Uint8Array.of(1, 2) } };
  const labels = { file: 'labels', idx: { type: 'uint8', shape: [2], data: Uint8Array.of(0, 9) } };

  test.each([
    ['image-format', { ...images, idx: labels.idx }, labels],
    ['image-format', { ...images, idx: { type: 'uint8', shape: [0, 1, 1], data: new Uint8Array(0) } }, labels],
    ['label-format', images, images],
    ['count-mismatch', images, { file: 'labels', idx: { type: 'uint8', shape: [1], data: Uint8Array.of(0) } }],
    ['label-range', images, { file: 'labels', idx: { type: 'uint8', shape: [2], data: Uint8Array.of(0, 10) } }],
  ])('%s', (code, pixels, classes) => {
    expect(() => joinExamples(pixels, classes, 10)).toThrow(expect.objectContaining({ code }));
  });

  test('colour images keep their channels', () => {
    const idx = { type: 'uint8', shape: [2, 3, 1, 1], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(joinExamples({ file: 'colour', idx }, labels, 10).shape).toEqual([3, 1, 1]);
  });
});
