import * as sdk from '@certispike/sdk';
import { classes, finished, shape, weights } from './toy.mjs';
import { recordings, spikeNetwork, steps } from './recordings.mjs';

const { arrays, certify, createEngine, evaluate, fit, flips, linear, linf, network } = sdk;
const { isWorstCase, regionContains, regionSample, sampled, shift } = sdk;
const failed = (code, message) => expect.objectContaining({ code, message: expect.stringMatching(message) });
const test_ = recordings(40, 2);

let engine, model;
beforeAll(async () => {
  engine = await createEngine({ workers: 2 });
  model = engine.createModel(spikeNetwork(), { seed: 3, initialisation: 'ibp' });
  const epsilon = sdk.schedules.linear(0, 2, 0.1, 0.7);
  const options = { method: 's-ibp', region: flips(2), epsilon, epochs: 30, learningRate: 1e-2, kappa: 0.5 };
  await finished(fit(engine, model, arrays(recordings(200, 1)), { ...options, batchSize: 20 }));
});
afterAll(() => engine.dispose());

describe('descriptions', () => {
  test('are plain, complete and frozen', () => {
    expect(flips(8)).toEqual({ kind: 'flips', budget: 8, additions: true, deletions: true, mask: null, perStep: null });
    expect(flips(2, { mask: Uint8Array.of(1, 0), perStep: [1, 2] })).toMatchObject({ mask: [1, 0], perStep: [1, 2] });
    expect(shift(4)).toEqual({ kind: 'shift', budget: 4, steps: 1, merge: false });
    expect(sampled(0.01)).toEqual({ kind: 'sampled', fraction: 0.01, seed: 0 });
    for (const region of [flips(8), shift(4), sampled(0.5)]) expect(Object.isFrozen(region)).toBe(true);
    expect([flips(8), shift(4), linf(1), sampled(0.5)].map(isWorstCase)).toEqual([true, true, true, false]);
  });

  test.each([
    ['a negative budget', () => flips(-1), 'invalid-value', /^region\.budget: expected a whole number from 0/],
    ['half a flip', () => flips(1.5), 'invalid-value', /^region\.budget/],
    ['neither kind of flip', () => flips(1, { additions: false, deletions: false }), 'invalid-value', /additions/],
    ['a mask of other numbers', () => flips(1, { mask: [0, 2] }), 'invalid-value', /^region\.mask: expected a list of/],
    ['a fraction above 1', () => sampled(1.5), 'invalid-value', /^region\.fraction: expected a number from 0 to 1/],
    ['spikes that do not move', () => shift(1, { steps: 0 }), 'invalid-value', /^region\.steps/],
  ])('%s is refused', (_, make, code, message) => expect(make).toThrow(failed(code, message)));

  test.each([
    ['pixels for spikes', linf(0.1), /^options\.region\.kind: expected flips, sampled or shift.*got linf/],
    ['a mask of another length', flips(1, { mask: [1, 0, 1] }), /region\.mask: expected 36 numbers/],
    ['budgets for too few steps', flips(1, { perStep: [1] }), /region\.perStep: expected one number for each of 4/],
  ])('%s', async (_, region, message) => {
    const code = region.kind === 'linf' ? 'invalid-value' : 'invalid-shape';
    await expect(certify(engine, model, arrays(test_), { region })).rejects.toEqual(failed(code, message));
  });

  test('spikes for pixels', async () => {
    const direct = engine.createModel(network({ input: sdk.direct(shape), layers: [linear(classes)] }));
    const images = arrays({ shape, classes, images: new Float32Array(36), labels: new Uint8Array(1) });
    const message = /^options\.region\.kind: expected linf, as the network's input is pixels, got flips/;
    await expect(certify(engine, direct, images, { region: flips(1) })).rejects.toEqual(
      failed('invalid-value', message),
    );
    expect(() => fit(engine, direct, images, { method: 's-ibp', epochs: 1, region: shift(1) })).toThrow(
      failed('invalid-value', /got shift/),
    );
    expect(() => fit(engine, model, arrays(test_), { method: 's-ibp', epochs: 1, epsilon: 1 })).toThrow(
      failed('invalid-value', /got linf/),
    );
  });
});

const regions = [
  flips(0),
  flips(1),
  flips(3),
  flips(3, { deletions: false }),
  flips(3, { additions: false }),
  flips(3, { perStep: 1 }),
  flips(4, { perStep: [2, 0, 1, 1] }),
  flips(3, { mask: Uint8Array.from({ length: 36 }, (_, index) => index % 2) }),
  shift(1),
  shift(3, { steps: 2 }),
  shift(3, { steps: 2, merge: true }),
  sampled(0.03, { seed: 4 }),
];

describe.each(regions.map((region) => [JSON.stringify(region).slice(0, 90), region]))('%s', (_, region) => {
  const results = {};
  beforeAll(async () => {
    for (const relaxation of ['paper', 'joint']) {
      results[relaxation] = await certify(engine, model, arrays(test_), { region, relaxation });
    }
  });

  test('no sampled input breaks its certificate, nor any margin its bound', async () => {
    const size = steps * 36;
    for (let seed = 0; seed < 6; seed += 1) {
      const images = new Float32Array(test_.images.length);
      for (let example = 0; example < 40; example += 1) {
        const own = test_.images.slice(example * size, (example + 1) * size);
        const moved = regionSample(engine, region, shape, own, seed, { example });
        expect(regionContains(engine, region, shape, own, moved, { example })).toBe(true);
        images.set(moved, example * size);
      }
      const { scores, correct } = await evaluate(engine, model, arrays({ ...test_, images }));
      for (const { perExample } of Object.values(results)) {
        perExample.labels.forEach((label, index) => {
          const row = [...scores.slice(index * classes, (index + 1) * classes)];
          const margins = row.filter((_, rival) => rival !== label).map((score) => row[label] - score);
          margins.forEach((margin, rival) =>
            expect(margin).toBeGreaterThanOrEqual(perExample.best[index * (classes - 1) + rival]),
          );
          if (perExample.certified[index] === 1) expect(correct[index]).toBe(1);
        });
      }
    }
  });

  test('per step is no better, and the batch does not matter', async () => {
    const options = { region, rounding: 'nearest' };
    const coupled = await certify(engine, model, arrays(test_), options);
    const alone = await certify(engine, model, arrays(test_), { ...options, coupling: 'per-step' });
    alone.perExample.sCrown.forEach((margin, index) =>
      expect(margin).toBeLessThanOrEqual(coupled.perExample.sCrown[index]),
    );
    const small = await certify(engine, model, arrays(test_), { ...options, batchSize: 7 });
    expect(small.perExample).toEqual(coupled.perExample);
    expect(coupled.isWorstCase).toBe(region.kind !== 'sampled');
  });
});

test('something is certified against flips, less with more of them', async () => {
  const errors = [];
  for (const budget of [0, 1, 2, 4, 1000]) {
    const { cleanError, certifiedError } = await certify(engine, model, arrays(test_), { region: flips(budget) });
    if (budget === 0) expect(certifiedError.best).toBe(cleanError);
    errors.push(certifiedError.best);
  }
  expect(errors).toEqual([...errors].sort((a, b) => a - b));
  expect(errors[1]).toBeLessThan(0.4);
  expect(errors[2]).toBeLessThan(0.9);
  expect(errors.at(-1)).toBe(1);
});

test('the spikes that a rate code draws can flip, too', async () => {
  const input = sdk.rate(shape, { steps });
  const drawn = engine.createModel(network({ input, layers: [linear(9), linear(classes)] }), { seed: 1 });
  const images = arrays({ shape, classes, images: new Float32Array(4 * 36).fill(0.3), labels: new Uint8Array(4) });
  const { perExample } = await certify(engine, drawn, images, { region: flips(2), seed: 1 });
  expect(perExample.best.every(Number.isFinite)).toBe(true);
});

describe('training', () => {
  const train = arrays(recordings(40, 5));
  const trained = async (on, options) => {
    const own = on.createModel(spikeNetwork(), { seed: 3 });
    const { events, result } = await finished(
      fit(on, own, train, { epochs: 1, batchSize: 20, kappa: 0.3, ...options }),
    );
    return { bits: weights(own), steps: events.filter(({ kind }) => kind === 'step'), result };
  };

  test.each([
    ['s-ibp', flips(3)],
    ['s-crown', flips(3, { perStep: 1 })],
    ['s-crown-fused', shift(2, { steps: 2 })],
    ['s-crown', sampled(0.1)],
  ])('%s is the same for any number of workers: %o', async (method, region) => {
    const options = { method, region, certifiedSteps: 3, validation: train };
    const two = await trained(engine, options);
    const other = await createEngine({ workers: 3 });
    expect((await trained(other, options)).bits).toBe(two.bits);
    await other.dispose();
    expect(two.result.validation.certifiedError).toBeGreaterThanOrEqual(two.result.validation.cleanError);
  });

  test('the schedule is in the unit of the region, whole numbers rounded up', async () => {
    const epsilon = sdk.schedules.linear(0, 3, 0, 1);
    const flipped = await trained(engine, { method: 's-ibp', region: flips(8), epsilon, epochs: 2 });
    expect(flipped.steps.map((step) => step.epsilon)).toEqual([0, 1, 2, 3]);
    const freed = await trained(engine, { method: 's-ibp', region: sampled(0.2) });
    expect(freed.steps.map((step) => step.epsilon)).toEqual([0.2, 0.2]);
    const message = /epsilon: expected a number from 0 to 1/;
    expect(() => fit(engine, model, train, { method: 's-ibp', epochs: 1, region: sampled(0.2), epsilon: 2 })).toThrow(
      failed('invalid-value', message),
    );
  });
});

test('what is no example is refused', () => {
  const call = (region, values) => regionSample(engine, region, shape, Float32Array.from(values), 1);
  expect(() => call(flips(1), { length: 35 })).toThrow(failed('invalid-shape', /^example: expected/));
  expect(() => call(flips(1), Array(36).fill(0.5))).toThrow(failed('invalid-value', /^example\[0\]: expected 0 or 1/));
  expect(() => call(linf(1), Array(36).fill(NaN))).toThrow(failed('invalid-value', /^example\[0\]: expected a finite/));
  const zeros = new Float32Array(36);
  expect(regionContains(engine, linf(0.1), shape, zeros, new Float32Array(36).fill(0.05))).toBe(true);
  expect(regionContains(engine, linf(0.1), shape, zeros, new Float32Array(36).fill(0.2))).toBe(false);
});
