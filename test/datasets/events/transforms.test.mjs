import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  checkedRecording,
  crop,
  cropTime,
  denoise,
  downsample,
  flip,
  mergePolarities,
  refractory,
} from '@certispike/datasets';
import { recordingOf } from './recordings.mjs';

const { width, height, cases } = JSON.parse(readFileSync(new URL('./fixtures/tonic.json', import.meta.url), 'utf8'));
const lists = ({ t, x, y, p }) => [t, x, y, p].map((array) => Array.from(array));

/** Ours for each of Tonic's. */
const ours = {
  'denoise 5': (recording) => denoise(recording, { time: 5 }),
  'denoise 20': (recording) => denoise(recording, { time: 20 }),
  'denoise 300': (recording) => denoise(recording, { time: 300 }),
  'refractory 5': (recording) => refractory(recording, { time: 5 }),
  'refractory 20': (recording) => refractory(recording, { time: 20 }),
  'refractory 300': (recording) => refractory(recording, { time: 300 }),
  'crop time': (recording) => cropTime(recording, { min: 200, max: 700 }),
  downsample: (recording) => downsample(recording, { factor: 0.5, time: 0.01 }),
  'flip x': (recording) => flip(recording, { x: true }),
  'flip y': (recording) => flip(recording, { y: true }),
  'flip polarity': (recording) => flip(recording, { polarity: true }),
  'merge polarities': mergePolarities,
};

describe.each(cases)('as Tonic: $name', ({ transforms, ...events }) => {
  const recording = recordingOf({ width, height, polarities: 2, ...events });
  test.each(Object.entries(transforms))('%s', (name, kept) => {
    expect(lists(checkedRecording(ours[name](recording)))).toEqual(kept);
  });
  test('every one of them is compared', () => {
    expect(Object.keys(transforms).sort()).toEqual(Object.keys(ours).sort());
  });
});

const any = fc
  .record({
    width: fc.integer({ min: 1, max: 6 }),
    height: fc.integer({ min: 1, max: 6 }),
    events: fc.array(fc.tuple(fc.nat(200), fc.nat(), fc.nat(), fc.nat(1)), { maxLength: 40 }),
  })
  .map(({ width: w, height: h, events }) => {
    const sorted = events.toSorted ? events.toSorted((a, b) => a[0] - b[0]) : [...events].sort((a, b) => a[0] - b[0]);
    return recordingOf({
      width: w,
      height: h,
      polarities: 2,
      t: sorted.map(([t]) => t),
      x: sorted.map(([, x]) => x % w),
      y: sorted.map(([, , y]) => y % h),
      p: sorted.map(([, , , p]) => p),
    });
  });

/** Against the definition, pair by pair. */
const naive = {
  denoise({ t, x, y }, time) {
    const [right, bottom] = [Math.max(0, ...x), Math.max(0, ...y)];
    return Array.from(t.keys()).filter((i) =>
      [
        [-1, 0],
        [1, 0],
        [0, -1],
        [0, 1],
      ].some(([dx, dy]) => {
        const [column, row] = [x[i] + dx, y[i] + dy];
        if (column < 0 || row < 0 || column > right || row > bottom) return false;
        const times = Array.from(t.subarray(0, i)).filter((_, j) => x[j] === column && y[j] === row);
        return Math.max(0, ...times) + time > t[i];
      }),
    );
  },
  refractory({ t, x, y }, time) {
    return Array.from(t.keys()).filter((i) =>
      Array.from(t.subarray(0, i)).every((before, j) => x[j] !== x[i] || y[j] !== y[i] || t[i] - before > time),
    );
  },
};

describe('transforms', () => {
  test.each([
    ['denoise', denoise],
    ['refractory', refractory],
  ])('%s, event by event', (name, transform) => {
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 100 }), (recording, time) => {
        const kept = naive[name](recording, time);
        const result = checkedRecording(transform(recording, { time }));
        expect(Array.from(result.t)).toEqual(kept.map((i) => recording.t[i]));
        expect(Array.from(result.x)).toEqual(kept.map((i) => recording.x[i]));
      }),
      { numRuns: 300 },
    );
  });

  test('a part of the sensor', () => {
    fc.assert(
      fc.property(any, fc.nat(), fc.nat(), fc.nat(), fc.nat(), (recording, a, b, c, d) => {
        const [x, y] = [a % recording.width, b % recording.height];
        const window = { x, y, width: 1 + (c % (recording.width - x)), height: 1 + (d % (recording.height - y)) };
        const result = checkedRecording(crop(recording, window));
        expect([result.width, result.height]).toEqual([window.width, window.height]);
        const inside = Array.from(recording.t.keys()).filter(
          (i) =>
            recording.x[i] >= x &&
            recording.x[i] < x + window.width &&
            recording.y[i] >= y &&
            recording.y[i] < y + window.height,
        );
        expect(lists(result)).toEqual([
          inside.map((i) => recording.t[i]),
          inside.map((i) => recording.x[i] - x),
          inside.map((i) => recording.y[i] - y),
          inside.map((i) => recording.p[i]),
        ]);
      }),
    );
  });

  test('flips undo themselves, nothing is changed in place, and what comes out is a recording', () => {
    fc.assert(
      fc.property(any, fc.boolean(), fc.boolean(), fc.boolean(), (recording, x, y, polarity) => {
        const before = lists(recording);
        const flipped = checkedRecording(flip(recording, { x, y, polarity }));
        expect(lists(flip(flipped, { x, y, polarity }))).toEqual(before);
        for (const factor of [1, 0.7, [0.5, 0.1]]) checkedRecording(downsample(recording, { factor, time: 0.3 }));
        expect(checkedRecording(mergePolarities(recording)).polarities).toBe(1);
        expect(lists(recording)).toEqual(before);
      }),
    );
  });

  const small = recordingOf({ width: 3, height: 2, polarities: 1, t: [1], x: [2], y: [1], p: [0] });
  test.each([
    [() => crop(small, { x: 1, width: 3, height: 1 }), 'width: expected an integer from 1 to 2, got 3'],
    [() => cropTime(small, { min: 5, max: 4 }), 'min, max: expected times from 0 on, min not above max, got 5, 4'],
    [() => downsample(small, { factor: 2 }), 'factor: expected above 0 and at most 1, got 2'],
    [() => flip(small, { polarity: true }), 'polarity: expected a recording of two polarities'],
    [() => denoise(small, { time: 0 }), 'time: expected microseconds above 0, got 0'],
    [() => refractory(small, { time: NaN }), 'time: expected microseconds above 0, got NaN'],
    [() => checkedRecording({ ...small, x: Uint16Array.of(3) }), 'x[0]: expected a column below 3, got 3'],
    [() => checkedRecording({ ...small, t: Float64Array.of(NaN) }), 't[0]: expected a time from 0 us on, got NaN'],
    [() => checkedRecording({ ...small, p: Uint8Array.of(1) }), 'p[0]: expected a polarity below 1, got 1'],
    [() => checkedRecording({ ...small, y: Uint16Array.of() }), 'y: expected 1 numbers, as many as t, got 0'],
  ])('what makes no sense is refused: %#', (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
