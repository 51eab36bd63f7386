import * as sdk from '@certispike/sdk';
import { denseNetwork, finished, shortTraining, stripes } from './toy.mjs';

const { arrays, createEngine, fit, schedules } = sdk;

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 1 })));
afterAll(() => engine.dispose());

/** The values a schedule takes in a training of `steps` steps. */
async function values(schedule, steps = 8) {
  const model = engine.createModel(denseNetwork(sdk));
  const options = { ...shortTraining, epochs: steps, batchSize: 3, epsilon: schedule };
  const { events } = await finished(fit(engine, model, arrays(stripes(3)), options));
  return events.filter(({ kind }) => kind === 'step').map(({ epsilon }) => Number(epsilon.toFixed(6)));
}

test.each([
  ['a number', 0.25, [0.25, 0.25, 0.25, 0.25]],
  ['constant', schedules.constant(0.5), [0.5, 0.5, 0.5, 0.5]],
  ['linear', schedules.linear(0, 1, 0, 1), [0, 0.25, 0.5, 0.75]],
  ['linear within bounds', schedules.linear(1, 3, 0.25, 0.5), [1, 1, 3, 3]],
  ['steps', schedules.steps([0, 1], [0.5, 2], [0.75, 3]), [1, 1, 2, 3]],
])('%s', async (_, schedule, expected) => {
  expect(await values(schedule, 4)).toEqual(expected);
});

test('smooth rises slowly at first, then in a straight line to the end', async () => {
  const all = await values(schedules.smooth(0, 1, 0, 1), 16);
  const rises = all.slice(1).map((value, index) => value - all[index]);
  expect(rises[0]).toBeLessThan(0.2 * rises[8]);
  expect(rises[8]).toBeCloseTo(rises[14], 4);
  expect(all[15] + rises[14]).toBeCloseTo(1, 4);
});

test('staircase rises three times an epoch', async () => {
  const all = await values(schedules.staircase(0, 6, 0, 1, 2), 12);
  expect(all).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
});

test.each([
  [() => schedules.linear(0, 1, 0.5, 0.2), 'invalid-value', /start that is not after the end/],
  [() => schedules.linear(0, 1, -0.5, 1), 'invalid-value', /schedule\.start: expected a number from 0 to 1, got -0\.5/],
  [() => schedules.linear(0, Number.NaN), 'invalid-value', /schedule\.to: expected a finite number, got NaN/],
  [() => schedules.staircase(0, 1, 0, 1, 0), 'invalid-value', /schedule\.epochs/],
  [() => schedules.steps([0.5, 1]), 'invalid-value', /start at progress 0 and rise/],
  [() => schedules.steps([0, 1], [0.5, 2], [0.5, 3]), 'invalid-value', /start at progress 0 and rise/],
])('%s is refused', (make, code, message) => {
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

test('a schedule is frozen', () => {
  expect(Object.isFrozen(schedules.linear(0, 1))).toBe(true);
});
