import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { frames, readNmnist } from '@certispike/datasets';
import { describeShared, sharedFile } from '../shared.mjs';
import { recordingOf } from './recordings.mjs';

const golden = (name) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));

/** Each frame as a text of one hexadecimal digit per count. */
const texts = ({ steps, shape, data }) => {
  const size = shape[0] * shape[1] * shape[2];
  return Array.from({ length: steps }, (_, step) =>
    Array.from(data.subarray(step * size, (step + 1) * size), (count) => count.toString(16)).join(''),
  );
};

describe.each(['tonic', 'spikingjelly'])('as %s makes them', (framework) => {
  const { width, height, cases } = golden(framework);
  test.each(cases)('$name', ({ t, x, y, p, frames: made }) => {
    const recording = recordingOf({ width, height, polarities: 2, t, x, y, p });
    expect(made.length).toBeGreaterThan(2);
    for (const { options, data } of made) {
      const counts = frames(recording, options);
      expect({ options, data: texts(counts) }).toEqual({ options, data });
      const events = counts.data.reduce((sum, count) => sum + count, 0);
      expect(counts.dropped).toBe(t.length - events);
      const binary = frames(recording, { ...options, mode: 'binary' });
      expect(Array.from(binary.data)).toEqual(Array.from(counts.data, (count) => Math.min(count, 1)));
    }
  });
});

describe('frames', () => {
  const recording = recordingOf({
    width: 2,
    height: 1,
    polarities: 2,
    t: [10, 10, 20, 30, 50],
    x: [0, 0, 1, 0, 1],
    y: [0, 0, 0, 0, 0],
    p: [0, 0, 1, 0, 1],
  });

  test('shape, planes and the events that are dropped', () => {
    const { steps, shape, data, dropped } = frames(recording, { bins: 2 });
    expect({ steps, shape, dropped }).toEqual({ steps: 2, shape: [2, 1, 2], dropped: 1 });
    expect(Array.from(data)).toEqual([2, 0, 0, 1, 1, 0, 0, 0]);
    expect(frames(recording, { bins: 2, tail: 'spikingjelly' }).dropped).toBe(0);
  });

  test('some of the frames, filled up with empty ones where the recording is shorter', () => {
    const all = frames(recording, { width: 10 });
    expect(all.steps).toBe(4);
    const some = frames(recording, { width: 10, start: 1, frames: 5, mode: 'binary' });
    expect(Array.from(some.data)).toEqual([0, 0, 0, 1, 1, 0, 0, 0, ...new Array(12).fill(0)]);
    expect([some.steps, some.dropped]).toEqual([5, 3]);
  });

  test('a recording of no events', () => {
    const none = recordingOf({ width: 2, height: 1, polarities: 1, t: [], x: [], y: [], p: [] });
    expect(frames(none, { bins: 3 })).toMatchObject({ steps: 3, shape: [1, 1, 2], dropped: 0 });
    expect(frames(none, { width: 3 }).steps).toBe(1);
  });

  test.each([
    [{}, 'slicing: expected exactly one of bins, width, eventBins, count, got none'],
    [{ bins: 2, count: 3 }, 'got bins and count'],
    [{ bins: 0 }, 'bins: expected an integer from 1'],
    [{ width: 2.5 }, 'width: expected an integer'],
    [{ count: 2, tail: 'spikingjelly' }, 'tail: expected a convention that exists for count'],
    [{ eventBins: 2, tail: 'tonic-incomplete' }, 'There is tonic and spikingjelly'],
    [{ bins: 2, tail: 'slayer' }, 'tail: expected one of tonic'],
    [{ bins: 2, mode: 'sums' }, 'mode: expected one of counts, binary'],
    [{ bins: 2, start: 2 }, 'start: expected a frame below 2, the number of bins, got 2'],
    [{ bins: 2, start: 1, frames: 2 }, 'frames: expected an integer from 1 to 1, got 2'],
    [{ width: 20, start: 2 }, 'start: expected a frame below 2, the number of frames of this recording, got 2'],
    [{ width: 1, frames: 2 ** 27 }, 'frames: expected at most 268435456 numbers'],
  ])('%j is refused', (options, message) => {
    expect(() => frames(recording, options)).toThrow(message);
  });

  test('every event is in one frame, or after all of them', () => {
    const times = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }).map((list) => list.sort((a, b) => a - b));
    const options = fc.oneof(
      fc.record({ bins: fc.integer({ min: 1, max: 60 }), tail: fc.constantFrom('tonic', 'spikingjelly') }),
      fc.record({ eventBins: fc.integer({ min: 1, max: 60 }), tail: fc.constantFrom('tonic', 'spikingjelly') }),
      fc.record({
        width: fc.integer({ min: 5, max: 1500 }),
        tail: fc.constantFrom('tonic', 'tonic-incomplete', 'spikingjelly'),
      }),
      fc.record({ count: fc.integer({ min: 1, max: 60 }), tail: fc.constantFrom('tonic', 'tonic-incomplete') }),
    );
    fc.assert(
      fc.property(times, options, (t, slicing) => {
        // An event's pixel is its number, so that the frames tell which events they hold.
        const x = t.map((_, i) => i);
        const zeros = t.map(() => 0);
        const own = recordingOf({ width: 50, height: 1, polarities: 1, t, x, y: zeros, p: zeros });
        const { data, dropped } = frames(own, slicing);
        const held = Array.from(data, (count, at) => (count > 0 ? at % 50 : -1)).filter((event) => event >= 0);
        expect(data.reduce((sum, count) => sum + count, 0)).toBe(held.length);
        expect(held).toEqual(x.slice(0, held.length));
        expect(dropped).toBe(t.length - held.length);
        if (slicing.tail === 'spikingjelly') expect(dropped).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

describeShared('events/sample_nmnist.bin')('a real recording', () => {
  test('300 ms in bins of 10 ms, and the frames that the paper takes', () => {
    const recording = readNmnist(sharedFile('data', 'events', 'sample_nmnist.bin'));
    const all = frames(recording, { width: 10_000, mode: 'binary' });
    const some = frames(recording, { width: 10_000, mode: 'binary', start: 5, frames: 10 });
    expect([all.steps, some.steps, some.shape]).toEqual([31, 10, [2, 34, 34]]);
    const size = 2 * 34 * 34;
    expect(some.data).toEqual(all.data.subarray(5 * size, 15 * size));
  });
});
