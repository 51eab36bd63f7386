import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  checkedRecording,
  eventStatistics,
  mnist,
  NMNIST_CAMERA,
  nmnistSimulated,
  simulatedSplits,
  simulateRecording,
  simulator,
} from '@certispike/datasets';
import { realAndSimulated } from '../../scripts/simulated/recordings.mjs';
import { compared } from '../../scripts/simulated/compared.mjs';
import { collect } from './idx-folder.mjs';
import { describeShared, shared } from './shared.mjs';

/** A white square on black. */
const square = (side = 28, size = 8) => {
  const image = new Uint8Array(side * side);
  const first = Math.floor((side - size) / 2);
  for (let y = first; y < first + size; y += 1) image.fill(255, y * side + first, y * side + first + size);
  return { image, width: side, height: side };
};

/** A camera without noise, mismatch or blur that moves once, to the right. */
const plain = {
  ...NMNIST_CAMERA,
  ...{
    isNegative: false,
    mismatch: 0,
    variation: 0,
    onNoise: 0,
    offNoise: 0,
    placement: 0,
    timing: 0,
    blur: 0,
    step: 0.5,
  },
  ...{ darkness: 0.1, on: 0.5, off: 0.5, refractory: 0.001, duration: 100 },
  movement: { x: 3, y: 3, saccades: [{ start: 10, end: 90, x: 6, y: 3, peak: 0.5 }] },
};

describe('a simulated camera', () => {
  test('sees an edge come as ON events and go as OFF events, as many as thresholds in the log intensity', () => {
    const { t, x, y, p } = simulateRecording(square(), { camera: plain });
    // From black to white the logarithm changes by log 10 = 2.3: four thresholds of 0.5.
    const counts = new Map();
    for (let i = 0; i < t.length; i += 1) {
      const key = `${x[i]},${y[i]},${p[i]}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // The square is 8 x 8 at column 13 of the sensor; it moves by 3: columns 21 to 23 light up, 13 to 15 go dark.
    const expected = [];
    for (let row = 13; row < 21; row += 1) {
      for (let column = 0; column < 3; column += 1) {
        expected.push([`${21 + column},${row},1`, 4], [`${13 + column},${row},0`, 4]);
      }
    }
    expect([...counts].sort()).toEqual(expected.sort());
    expect(t[0]).toBeGreaterThan(10_000);
    expect(t.at(-1)).toBeLessThan(90_000);
  });

  test('is blind for a while after an event', () => {
    const camera = { ...plain, refractory: 5, on: 0.1, off: 0.1 };
    const { t, x, y } = simulateRecording(square(), { camera });
    const last = new Map();
    for (let i = 0; i < t.length; i += 1) {
      const pixel = 34 * y[i] + x[i];
      expect(t[i] - (last.get(pixel) ?? -Infinity)).toBeGreaterThanOrEqual(4999);
      last.set(pixel, t[i]);
    }
  });

  test('without a picture makes noise only, at its rate', () => {
    const black = { image: new Uint8Array(784), width: 28, height: 28 };
    const record = simulator({ seed: 3 });
    const statistics = eventStatistics(Array.from({ length: 200 }, (_, sample) => record(black, sample)));
    const expected = 0.27 * 34 * 34 * 0.315;
    expect(Math.abs(statistics.polarity[1] / expected - 1)).toBeLessThan(0.05);
    expect(statistics.polarity[0]).toBeLessThan(1);
    const none = simulateRecording(black, { camera: plain });
    expect(none.t).toHaveLength(0);
  });

  test('keeps what a recording promises, for any picture, and repeats itself', () => {
    const record = simulator({ seed: 5 });
    const again = simulator({ seed: 5 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }).chain((width) =>
          fc.integer({ min: 1, max: 50 }).chain((height) =>
            fc.record({
              image: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
              width: fc.constant(width),
              height: fc.constant(height),
            }),
          ),
        ),
        fc.nat(),
        (picture, sample) => {
          const recording = checkedRecording(record(picture, sample));
          expect(again(picture, sample)).toEqual(recording);
          expect(recording.t.every((time) => Number.isInteger(time) && time <= 330_000)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('differs from seed to seed, and the events are the recorded ones', () => {
    const recording = simulateRecording(square(), { seed: 1, sample: 7 });
    expect(simulateRecording(square(), { seed: 2, sample: 7 }).t).not.toEqual(recording.t);
    expect(simulateRecording(square(), { seed: 1, sample: 8 }).t).not.toEqual(recording.t);
    const hash = createHash('sha256');
    for (const array of [recording.t, recording.x, recording.y, recording.p]) hash.update(Float64Array.from(array));
    // Recorded once: a change would change every experiment on simulated data.
    expect([recording.t.length, hash.digest('hex').slice(0, 16)]).toEqual(RECORDED);
  });

  test.each([
    [{ darkness: 0 }, 'camera.darkness'],
    [{ on: 0 }, 'camera.on'],
    [{ refractory: Number.NaN }, 'camera.refractory'],
    [{ width: 0 }, 'camera.width'],
    [{ movement: { x: 0, y: 0, saccades: [{ start: 5, end: 4, x: 1, y: 1, peak: 0.5 }] } }, 'saccades[0]'],
    [{ movement: { x: 0, y: 0, saccades: [{ start: 5, end: 9, x: 1, y: 1, peak: 1 }] } }, 'peak'],
  ])('refuses a camera with %j', (change, text) => {
    expect(() => simulator({ camera: { ...NMNIST_CAMERA, ...change } })).toThrow(text);
  });
});

/** Events of the square, and the beginning of their SHA-256. */
const RECORDED = [1776, 'd936992670fbbfc6'];

describe('simulated data sets', () => {
  test('are called simulated, and made when they are asked for', async () => {
    const { train, validation, test: held, about } = await nmnistSimulated({ framing: { bins: 5 } });
    expect([train, validation, held].map(({ name }) => name)).toEqual([
      'simulated-mnist/train',
      'simulated-mnist/validation',
      'simulated-mnist/test',
    ]);
    expect(about.title).toContain('simulated');
    expect([train.length, train.shape, train.steps]).toEqual([55_000, [2, 34, 34], 5]);
    const { labels, samples, images } = await collect(train.subset(3), { size: 2 });
    expect(labels).toEqual(samples.map((sample) => train.example(sample).label));
    const spikes = images.reduce((sum, value) => sum + value, 0);
    expect(spikes / (3 * 5 * 2312)).toBeGreaterThan(0.03);
    expect(new Set(images)).toEqual(new Set([0, 1]));
  }, 30_000);

  test('training and test images have noise of their own; colour cannot be simulated', async () => {
    const splits = await mnist();
    const [a, b] = await Promise.all([1, 1].map((cameraSeed) => simulatedSplits(splits, { cameraSeed })));
    expect(a.train.example(5)).toEqual(b.train.example(5));
    const other = simulatedSplits(splits, { cameraSeed: 2 });
    expect(other.train.example(5)).not.toEqual(a.train.example(5));
    expect(() => simulatedSplits(a)).toThrow('one channel');
  }, 30_000);
});

describeShared('nmnist-small')('beside the real recordings', () => {
  test('simulated ones of the same digits have as many events, of both kinds, at the same times and places', async () => {
    // A quarter of them keeps the test short; scripts/simulated.mjs compares all 1,100.
    const pairs = await realAndSimulated(shared('data', 'nmnist-small'), 275);
    const { real, simulated, correlation, likeness, difference } = compared(pairs);
    const ratio = (pick) => pick(simulated) / pick(real);
    for (const pick of [({ events }) => events.mean, ({ on }) => on, ({ off }) => off, ({ duration }) => duration]) {
      expect(Math.abs(ratio(pick) - 1)).toBeLessThan(0.15);
    }
    expect(Math.abs(ratio(({ events }) => events.deviation) - 1)).toBeLessThan(0.25);
    expect(correlation).toBeGreaterThan(0.9);
    // With the polarities exchanged it would be far below.
    expect(likeness).toBeGreaterThan(0.6);
    expect(difference.time).toBeLessThan(0.15);
    expect(difference.space).toBeLessThan(0.15);
  }, 60_000);
});
