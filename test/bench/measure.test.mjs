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

/** Two contestants of which the second takes twice the time, and who ran. */
function contest(time) {
  const ran = [];
  const contestant = (label, taken) => ({
    label,
    run: (count) => {
      ran.push(label.repeat(count));
      // The first run of a turn takes longer.
      return Promise.resolve([taken, ...new Array(5).fill(taken / 2)].slice(0, count));
    },
  });
  return { ran, contestants: [contestant('a', time), contestant('b', 2 * time)] };
}

test('contestants run in turn, and nobody always runs first', async () => {
  const { ran, contestants } = contest(100);
  const times = await measure(contestants, { runs: 4, fill: 0, warmUp: { runs: 2, milliseconds: 400 } });
  // Warm-up by runs and by time, then rounds.
  expect(ran.join('')).toBe(`${'aaaa'}${'bb'}${'abba'.repeat(2)}`);
  expect(times.get('a')).toEqual([100, 100, 100, 100]);
  expect(times.get('b')).toEqual([200, 200, 200, 200]);
});

test('a turn of quick ones is several runs of which the first does not count', async () => {
  const { ran, contestants } = contest(2);
  const times = await measure(contestants, { runs: 6, fill: 0, warmUp: { runs: 2, milliseconds: 0 } });
  const turns = ['a', 'b', 'b', 'a'].map((label) => label.repeat(6));
  expect(ran.join('')).toBe(`${'aa'}${'bb'}${turns.join('')}`);
  expect(times.get('a')).toEqual(new Array(10).fill(1));
  expect(times.get('b')).toEqual(new Array(10).fill(2));
});

test('short runs are repeated until they fill their time', async () => {
  const run = (count) => Promise.resolve(new Array(count).fill(1));
  const times = await measure([{ label: 'a', run }], { runs: 3, fill: 10, warmUp: { runs: 1, milliseconds: 0 } });
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
