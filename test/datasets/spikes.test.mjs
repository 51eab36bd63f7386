import fc from 'fast-check';
import { mirrors, pipeline, shifts, spikeSource } from '@certispike/datasets';
import { collect } from './idx-folder.mjs';
import { recordingOf } from './events/recordings.mjs';

/** A recording of one event in each of three bins. */
const recording = (index, { width = 5, height = 3 } = {}) =>
  recordingOf({
    width,
    height,
    polarities: 2,
    t: [0, 10, 20, 30],
    x: [index % width, 1, 2, 0],
    y: [0, 1, 2, 0],
    p: [0, 1, index % 2, 0],
  });

const source = (count, options = {}) =>
  spikeSource({
    recordings: Array.from({ length: count }, (_, index) => recording(index)),
    labels: Array.from({ length: count }, (_, index) => index % 3),
    classes: 3,
    framing: { bins: 3 },
    ...options,
  });

const at = (step, p, y, x) => ((step * 2 + p) * 3 + y) * 5 + x;

describe('recordings as spikes', () => {
  test('one map of zeros and ones per step', async () => {
    const spikes = source(7);
    expect([spikes.steps, spikes.shape, spikes.length, spikes.classCounts()]).toEqual([3, [2, 3, 5], 7, [3, 2, 2]]);
    const { images, labels, sizes } = await collect(spikes, { size: 3 });
    expect(sizes).toEqual([3, 3, 1]);
    expect(labels).toEqual([0, 1, 2, 0, 1, 2, 0]);
    for (let index = 0; index < 7; index += 1) {
      const expected = new Array(90).fill(0);
      for (const place of [at(0, 0, 0, index % 5), at(1, 1, 1, 1), at(2, index % 2, 2, 2)]) expected[place] = 1;
      expect(images.slice(90 * index, 90 * (index + 1))).toEqual(expected);
    }
  });

  test('the pipeline gives them as bytes', async () => {
    const rows = await pipeline(source(4), { shuffle: { seed: 1, epoch: 0 } }).toArray();
    expect(rows.map(({ sample }) => sample).sort()).toEqual([0, 1, 2, 3]);
    for (const { image } of rows) expect(image.reduce((sum, value) => sum + value, 0)).toBe(3);
  });

  test.each([
    [{ labels: [0, 1] }, 'count-mismatch', 'labels'],
    [{ recordings: [], labels: [] }, 'count-mismatch', 'labels'],
    [{ labels: [0, 1, 3] }, 'option-invalid', 'labels[2]'],
    [{ classes: 1 }, 'option-invalid', 'classes'],
    [
      {
        framing: { width: 3 },
        recordings: [recording(0), recordingOf({ ...recording(1), t: [0, 1, 2, 9] })],
        labels: [0, 1],
      },
      'sensor-mismatch',
      'recordings[1]',
    ],
    [{ recordings: [recording(0), recording(1, { width: 6 })], labels: [0, 1] }, 'sensor-mismatch', 'recordings[1]'],
  ])('%j is refused', (options, code, text) => {
    expect(() => source(3, options)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
  });
});

test('examples can be selected by their index', async () => {
  const chosen = source(9).subset(2).selected(Uint32Array.of(7, 1));
  expect((await collect(chosen, { size: 5 })).samples).toEqual([7, 1]);
  expect(() => source(9).selected(Uint32Array.of(9))).toThrow('samples');
});

describe('augmentation', () => {
  test('changes what is read for an epoch, the same way for the same epoch', async () => {
    const plain = source(9);
    const moved = plain.augmented(shifts(1));
    const options = (epoch) => ({ size: 4, shuffle: { seed: 3, epoch } });
    const first = await collect(moved, options(0));
    expect(await collect(moved, { ...options(0), size: 9 })).toMatchObject({ images: first.images });
    expect((await collect(moved, options(1))).images).not.toEqual(first.images);
    expect(first.images).not.toEqual((await collect(plain, options(0))).images);
    // What is read in the order of the data set is what the data set holds, as for a validation.
    expect(await collect(moved, { size: 4 })).toEqual(await collect(plain, { size: 4 }));
    expect(moved.subset(2).length).toBe(2);
    await expect(
      collect(
        plain.augmented(() => new Uint8Array(1)),
        options(0),
      ),
    ).rejects.toThrow('augment');
  });

  test('shifts move all frames alike, and what leaves is lost', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.array(fc.constantFrom(0, 0.2, 0.5, 0.7, 0.999), { minLength: 2, maxLength: 2 }),
        (most, draws) => {
          const shape = [2, 4, 5];
          const image = Uint8Array.from({ length: 80 }, (_, index) => index + 1);
          const left = [...draws];
          const moved = shifts(most)(image, { shape, steps: 2, random: () => left.shift() });
          const [right, down] = draws.map((draw) => Math.floor(draw * (2 * most + 1)) - most);
          for (let plane = 0; plane < 4; plane += 1) {
            for (let y = 0; y < 4; y += 1) {
              for (let x = 0; x < 5; x += 1) {
                const [fromY, fromX] = [y - down, x - right];
                const inside = fromY >= 0 && fromY < 4 && fromX >= 0 && fromX < 5;
                expect(moved[20 * plane + 5 * y + x]).toBe(inside ? image[20 * plane + 5 * fromY + fromX] : 0);
              }
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('mirrors turn every row, in half of the cases', () => {
    const image = () => Uint8Array.from([1, 2, 3, 4, 5, 6]);
    const context = (draw) => ({ shape: [1, 2, 3], random: () => draw });
    expect([...mirrors()(image(), context(0.4))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...mirrors()(image(), context(0.6))]).toEqual([3, 2, 1, 6, 5, 4]);
  });
});
