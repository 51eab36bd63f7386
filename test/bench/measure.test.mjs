import { measure } from '../../scripts/bench/measure.mjs';
import { summary } from '../../scripts/bench/statistics.mjs';
import { chosen, workloads } from '../../scripts/bench/workloads.mjs';

test('median, quartiles and ends of times', () => {
  expect(summary([5, 1, 4, 2, 3])).toEqual({
    runs: 5,
    median: 3,
    lowerQuartile: 2,
    upperQuartile: 4,
    least: 1,
    most: 5,
    times: [5, 1, 4, 2, 3],
  });
  expect(summary([1, 2]).median).toBe(1.5);
});

test('contestants run in turn, and nobody always runs first', async () => {
  const ran = [];
  const contestant = (label, time) => ({
    label,
    run: () => {
      ran.push(label);
      return Promise.resolve(time);
    },
  });
  const times = await measure([contestant('a', 1), contestant('b', 2)], {
    runs: 4,
    fill: 0,
    warmUp: { runs: 2, milliseconds: 4 },
  });
  // Warm-up by runs and by time, then rounds.
  expect(ran.join('')).toBe(`${'aaaa'}${'bb'}${'abba'.repeat(2)}`);
  expect(times.get('a')).toEqual([1, 1, 1, 1]);
  expect(times.get('b')).toEqual([2, 2, 2, 2]);
});

test('short runs are repeated until they fill their time', async () => {
  const run = () => Promise.resolve(1);
  const times = await measure([{ label: 'a', run }], { runs: 3, fill: 10, warmUp: { runs: 0, milliseconds: 0 } });
  expect(times.get('a')).toHaveLength(10);
});

describe('workloads', () => {
  test('are seven of fc and conv, rate and direct, fresh and trained', () => {
    expect(workloads).toHaveLength(56);
    expect(new Set(workloads.map(({ id }) => id)).size).toBe(56);
    expect(workloads.every(({ steps, certifiedSteps }) => steps === 10 && certifiedSteps === 3)).toBe(true);
    expect(workloads.every(({ input, epsilon }) => epsilon === (input === 'rate' ? 0.06 : 0.1))).toBe(true);
  });

  test('are chosen by words in any order, and each once', () => {
    expect(chosen([])).toHaveLength(56);
    expect(chosen(['conv'])).toHaveLength(28);
    expect(chosen(['rate/conv/trained/inference']).map(({ id }) => id)).toEqual(['inference/conv/rate/trained']);
    expect(chosen(['s-crown-eval', 'fc/s-crown-eval', 'natural-step'])).toHaveLength(16);
  });
});
