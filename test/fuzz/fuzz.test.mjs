import { readFileSync } from 'node:fs';
import { describeOutcome, fuzz } from '../../scripts/fuzz/fuzz.mjs';
import { allTargets } from '../../scripts/fuzz/targets.mjs';
import { targets as broken } from './broken.mjs';

const targets = await allTargets();

// `npm run fuzz` does a hundred times as many, with another seed every day.
test.each(targets)('$name', async (target) => {
  const cases = 500 * (target.share ?? 1);
  const outcome = await fuzz(target, { cases, seed: 1 });
  expect(outcome.failure === undefined ? undefined : describeOutcome(outcome)).toBeUndefined();
  expect(outcome.cases).toBeGreaterThanOrEqual(cases);
  // Damage that only ever breaks the header would find little.
  expect(outcome.read).toBeGreaterThan(1);
  expect(Object.keys(outcome.refused).length).toBeGreaterThan(0);
});

describe('this test can fail', () => {
  const module = new URL('./broken.mjs', import.meta.url).href;
  test.each([
    ['crashes', /TypeError.*undefined/s],
    ['refuses-all', /refuses whole files: {"no":1}/],
    ['gives-too-much', /bytes came out of a file of/],
    ['allocates-too-much', /allocated \d+ bytes for a file of/],
    ['never-ends', /did not end within 1 s/],
  ])('%s', async (name, message) => {
    const target = { ...broken.find((candidate) => candidate.name === name), module };
    const outcome = await fuzz(target, { cases: 300, seed: 1, patience: 1 });
    expect(outcome.failure.message).toMatch(message);
    const text = describeOutcome(outcome);
    expect(text).toMatch(new RegExp(`^${name}: FAILED after \\d+ cases in`));
    if (outcome.failure.bytes === undefined) return;
    expect(readFileSync(/: (\S+\.bin) /.exec(text)[1])).toEqual(Buffer.from(outcome.failure.bytes));
  });
});
