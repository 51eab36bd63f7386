import * as sdk from '@certispike/sdk';
import { denseNetwork, finished, shortTraining, stripes, weights } from './toy.mjs';

const { arrays, certify, createEngine, evaluate, fit, linf, schedules } = sdk;
const train = arrays({ name: 'train', ...stripes(90, 1) });
const validation = arrays({ name: 'held out', ...stripes(40, 2) });

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 2 })));
afterAll(() => engine.dispose());

const untrained = () => engine.createModel(denseNetwork(sdk), { seed: 3, initialisation: 'ibp' });

async function run(options, model = untrained()) {
  const { events, result } = await finished(fit(engine, model, train, { ...shortTraining, ...options }));
  const of = (kind) => events.filter((event) => event.kind === kind);
  return { model, result, events, steps: of('step'), epochs: of('epoch') };
}

test('steps and epochs are counted from 1', async () => {
  const { steps, epochs, events, result } = await run({ epochs: 3, limit: 50 });
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(steps.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
    [1, 3],
    [2, 6],
    [3, 9],
  ]);
  expect(events.every(({ totalSteps }) => totalSteps === 9)).toBe(true);
  expect(result).toMatchObject({ epochs: 3, steps: 9, kept: 'last' });
  expect(result.seconds).toBeGreaterThan(0);
});

test('speed and time left are told, and nothing is left at the end', async () => {
  const { steps } = await run({});
  for (const { samplesPerSecond, secondsLeft } of steps.slice(0, -1)) {
    expect(samplesPerSecond).toBeGreaterThan(0);
    expect(secondsLeft).toBeGreaterThan(0);
  }
  expect(steps.at(-1).secondsLeft).toBe(0);
});

test('an epoch tells the means of its steps', async () => {
  const { steps, epochs } = await run({ epochs: 1, batchSize: 30 });
  const mean = (field) => steps.reduce((sum, step) => sum + step[field], 0) / steps.length;
  for (const field of ['loss', 'cleanError', 'certifiedError']) expect(epochs[0][field]).toBeCloseTo(mean(field), 10);
});

test('natural training bounds nothing, nor does a certified one while kappa is 1', async () => {
  const natural = await run({ method: 'natural', epsilon: undefined, validation });
  for (const event of natural.events) expect(event.certifiedError).toBeUndefined();
  expect(natural.result.validation).toEqual({ examples: 40, cleanError: expect.any(Number) });
  const { steps } = await run({ kappa: schedules.steps([0, 1], [0.5, 0.5]), epochs: 2 });
  expect(steps.map(({ certifiedError }) => certifiedError === undefined)).toEqual(
    steps.map(({ step, totalSteps }) => (step - 1) / totalSteps < 0.5),
  );
});

test('a validation is what certify and evaluate say, at the final epsilon', async () => {
  const epsilon = schedules.linear(0, 0.04, 0, 1);
  const { model, epochs, result } = await run({ epsilon, validation, validationSeed: 9 });
  const { cleanError, certifiedError } = await certify(engine, model, validation, {
    region: linf(0.04),
    seed: 9,
    bounds: ['s-ibp'],
    rounding: 'nearest',
  });
  const expected = { examples: 40, cleanError, certifiedError: certifiedError.best, epsilon: 0.04 };
  expect(epochs.at(-1).validation).toEqual(expected);
  expect(result.validation).toEqual(expected);
  expect((await evaluate(engine, model, validation, { seed: 9 })).cleanError).toBe(cleanError);
});

test('validations come when asked for, and at the end', async () => {
  const { epochs } = await run({ epochs: 5, validation, validateEvery: 2 });
  expect(epochs.filter((event) => event.validation).map(({ epoch }) => epoch)).toEqual([2, 4, 5]);
});

test('keep: best ends with the weights of the epoch that was best', async () => {
  const options = { epochs: 6, learningRate: 2e-2, validation };
  const { epochs, result, model } = await run({ ...options, keep: 'best' });
  const best = epochs.filter(({ isBest }) => isBest).at(-1);
  expect(result.best).toEqual({ ...best.validation, epoch: best.epoch, step: best.step });
  for (const { validation: other, epoch } of epochs) {
    expect(best.validation.certifiedError).toBeLessThanOrEqual(other.certifiedError);
    if (epoch < best.epoch) expect(other).not.toEqual(best.validation);
  }
  const { certifiedError } = await certify(engine, model, validation, {
    region: linf(0.03),
    bounds: ['s-ibp'],
    rounding: 'nearest',
  });
  expect(certifiedError.best).toBe(best.validation.certifiedError);
});

test('validation does not change the training', async () => {
  expect(weights((await run({ validation })).model)).toBe(weights((await run({})).model));
});

test('a warm start goes on from the weights the model has', async () => {
  const { model } = await run({ method: 'natural', epsilon: undefined, epochs: 10, learningRate: 5e-3 });
  const { steps: warm } = await run({}, model);
  const { steps: cold } = await run({});
  expect(warm[0].loss).toBeLessThan(cold[0].loss);
});

test.each(['s-ibp', 's-crown', 's-crown-fused'])('%s learns', async (method) => {
  const { epochs } = await run({ method, epochs: 8, learningRate: 5e-3 });
  expect(epochs.at(-1).loss).toBeLessThan(0.8 * epochs[0].loss);
});
