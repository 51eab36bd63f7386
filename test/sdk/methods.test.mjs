/** What a training can be asked to do besides the four bounds: the same bits however it is run, and what it means. */
import { readFile, writeFile } from 'node:fs/promises';
import * as sdk from '@certispike/sdk';
import { temporaryFolder } from './folder.mjs';
import { denseNetwork, digest, finished, shortTraining, stripes, weights } from './toy.mjs';

const { arrays, createEngine, evaluate, fit, loadModel, schedules } = sdk;

const train = arrays({ name: 'train', ...stripes(90, 1) });
const validation = arrays({ name: 'held out', ...stripes(30, 2) });
const usual = { ...shortTraining, epochs: 3, learningRate: 8e-3, validation };

const methods = [
  ['the average of all steps', { averaging: { kind: 'ema', decay: 0.8 } }],
  ['the mean of the last steps, of the best epoch', { averaging: { kind: 'mean', start: 0.5 }, keep: 'best' }],
  ['adversarial training', { method: 'adversarial', attack: { kind: 'pgd', iterations: 2 }, keep: 'best' }],
  ['sabr', { method: 'sabr', share: schedules.linear(0.6, 0.3), epsilon: schedules.linear(0, 0.05, 0, 0.6) }],
  ['mtl-ibp', { method: 'mtl-ibp', share: schedules.steps([0, 0], [0.5, 0.7]), kappa: 0.2, averaging: 'ema' }],
  [
    'regularisers',
    { regularisers: { growth: 0.5, balance: 0.2, stability: schedules.linear(0.3, 0), guard: 0.1, guardWidth: 0.2 } },
  ],
  ['fewer steps at first', { steps: schedules.steps([0, 2], [0.5, 5]), certifiedSteps: schedules.linear(1, 4) }],
];

let engine;
let folder;
beforeAll(async () => {
  engine = await createEngine({ workers: 2 });
  folder = await temporaryFolder();
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const fresh = (own = engine, seed = 3) => own.createModel(denseNetwork(sdk), { seed, initialisation: 'ibp' });
const timeless = ({ result }) => ({ ...result, seconds: undefined });

async function trained(options, own = engine) {
  const model = fresh(own);
  const end = await finished(fit(own, model, train, { ...usual, ...options }));
  return { model, bits: weights(model), ...end };
}

describe.each(methods)('%s', (name, options) => {
  const path = () => folder.at(name.replaceAll(' ', '-'));
  let whole;
  beforeAll(async () => (whole = await trained({ ...options, checkpoint: { path: path() } })));

  test('1 and 4 workers give the same bits', async () => {
    for (const workers of [1, 4]) {
      const other = await createEngine({ workers });
      const end = await trained(options, other);
      expect(end.bits).toBe(whole.bits);
      expect(timeless(end)).toEqual(timeless(whole));
      await other.dispose();
    }
  });

  test.each([3, 5, 9, 14])('interrupted after step %i and resumed: the same bits', async (step) => {
    const checkpoint = { path: `${path()}-${step}` };
    for await (const event of fit(engine, fresh(), train, { ...usual, ...options, checkpoint })) {
      if (event.step === step && event.kind === 'step') break;
    }
    const model = fresh(engine, 99);
    const end = await finished(fit(engine, model, train, { ...usual, ...options, checkpoint, resume: true }));
    expect(weights(model)).toBe(whole.bits);
    expect(timeless(end)).toEqual(timeless(whole));
  });

  test('the checkpoint is loaded as the model that the training ended with', async () => {
    expect(weights(await loadModel(engine, path()))).toBe(whole.bits);
    await expect(
      finished(fit(engine, fresh(), train, { ...usual, checkpoint: { path: path() }, resume: true })),
    ).rejects.toMatchObject({ code: 'resume-mismatch' });
  });
});

describe('weights averaged', () => {
  /** The weights after every step of a training without an average. */
  async function walked() {
    const model = fresh();
    const steps = [];
    for await (const { kind } of fit(engine, model, train, usual)) {
      if (kind === 'step') steps.push(model.tensors().flatMap(({ name }) => [...model.tensor(name)]));
    }
    return steps;
  }

  const tensors = (model) => model.tensors().flatMap(({ name }) => [...model.tensor(name)]);
  const close = (got, expected) =>
    got.forEach((value, index) => expect(Math.abs(value - expected[index])).toBeLessThan(1e-5));

  test('are the average of the steps, which do not see it', async () => {
    const steps = await walked();
    const ema = steps[0].map((_, i) => {
      let [average, count] = [0, 0];
      for (const step of steps) average += Math.max(0.2, 1 / (count += 1)) * (step[i] - average);
      return average;
    });
    const { model } = await trained({ averaging: { kind: 'ema', decay: 0.8 } });
    close(tensors(model), ema);
    const late = steps.slice(Math.ceil(0.5 * steps.length));
    const mean = late[0].map((_, i) => late.reduce((sum, step) => sum + step[i], 0) / late.length);
    const { model: averaged } = await trained({ averaging: { kind: 'mean', start: 0.5 } });
    close(tensors(averaged), mean);
  });

  test('are what is validated', async () => {
    const { model, result } = await trained({ averaging: 'ema' });
    const { cleanError } = await evaluate(engine, model, validation, { seed: 0 });
    expect(cleanError).toBe(result.validation.cleanError);
    expect(digest(model.tensor('layers.0.weight'))).not.toBe(
      digest((await trained({})).model.tensor('layers.0.weight')),
    );
  });

  test('an average that has not begun is none', async () => {
    const { bits } = await trained({});
    expect((await trained({ averaging: { kind: 'mean', start: 1 } })).bits).toBe(bits);
  });
});

test('steps follow their schedule, and events tell them', async () => {
  const options = { steps: schedules.steps([0, 2], [0.5, 5]), certifiedSteps: schedules.linear(1, 4) };
  const { events } = await trained(options);
  const steps = events.filter(({ kind }) => kind === 'step');
  expect(steps.map((event) => event.steps)).toEqual(steps.map((_, index) => (2 * index >= steps.length ? 5 : 2)));
  const linear = steps.map((_, index) => Math.round(1 + (3 * index) / steps.length));
  expect(steps.map((event) => event.certifiedSteps)).toEqual(linear);
});

test('a checkpoint from before there were averages goes on as one without', async () => {
  const whole = await trained({});
  const path = folder.at('earlier');
  const checkpoint = { path };
  for await (const event of fit(engine, fresh(), train, { ...usual, checkpoint })) if (event.step === 7) break;
  const file = (await readFile(path)).toString('latin1');
  const field = String.raw`\"averaging\":null,`;
  expect(file).toContain(field);
  await writeFile(path, Buffer.from(file.replace(field, ' '.repeat(field.length)), 'latin1'));
  expect((await trained({ checkpoint, resume: true })).bits).toBe(whole.bits);
});

test.each([
  [{ averaging: 'often' }, 'invalid-description', /^options\.averaging: expected 'ema', 'mean'/],
  [
    { averaging: { kind: 'ema', decay: 1 } },
    'invalid-value',
    /^options\.averaging\.decay: expected a number from 0 to/,
  ],
  [{ averaging: { kind: 'mean', start: 2 } }, 'invalid-value', /^options\.averaging\.start/],
  [{ steps: 0 }, 'invalid-value', /^options\.steps: expected a whole number from 1/],
  [{ certifiedSteps: schedules.linear(0, 4) }, 'invalid-value', /^options\.certifiedSteps/],
])('%j is refused', (options, code, message) => {
  const refused = () => fit(engine, fresh(), train, { ...usual, ...options });
  expect(refused).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

describe('events tell', () => {
  const means = async (options) => {
    const { events } = await trained({ epochs: 1, ...options });
    return events.filter(({ kind }) => kind !== 'checkpoint');
  };

  test('the loss in its parts', async () => {
    const parts = [
      [{ kappa: 0.25 }, ({ naturalLoss, certifiedLoss }) => 0.25 * naturalLoss + 0.75 * certifiedLoss],
      [{ method: 'adversarial' }, ({ adversarialLoss }) => adversarialLoss],
      [{ method: 'sabr' }, ({ certifiedLoss }) => certifiedLoss],
      [
        { method: 'mtl-ibp', share: 0.25 },
        ({ adversarialLoss, certifiedLoss }) => 0.75 * adversarialLoss + 0.25 * certifiedLoss,
      ],
      [
        { method: 'natural', regularisers: { guard: 0.5 } },
        ({ naturalLoss, regularisation }) => naturalLoss + regularisation,
      ],
    ];
    for (const [options, loss] of parts) {
      // The default kappa goes with the method.
      const events = await means({ kappa: undefined, ...options });
      for (const event of events) expect(event.loss).toBeCloseTo(loss(event), 5);
      if (options.method === 'natural') expect(events.every(({ regularisation }) => regularisation > 0)).toBe(true);
    }
  });

  test('errors of what was computed, and no others', async () => {
    const names = ({ certifiedError, adversarialError }) =>
      [certifiedError, adversarialError].map((x) => x !== undefined);
    const of = async (options) => names((await means(options))[0]);
    expect(await of({ method: 'natural' })).toEqual([false, false]);
    expect(await of({ method: 'adversarial' })).toEqual([false, true]);
    expect(await of({ method: 'sabr' })).toEqual([true, false]);
    expect(await of({ method: 'mtl-ibp' })).toEqual([true, true]);
    expect(await of({ method: 'mtl-ibp', share: 0 })).toEqual([false, true]);
    expect(await of({ method: 's-ibp', kappa: 1 })).toEqual([false, false]);
    expect(await of({ method: 's-ibp', kappa: 1, regularisers: { growth: 1 } })).toEqual([true, false]);
  });
});

test('an attack finds more than the example as it is, and PGD than FGSM', async () => {
  const loss = async (attack) => {
    const options = { method: 'adversarial', epochs: 1, batchSize: 90, learningRate: 0, epsilon: 0.2, attack };
    const { events } = await trained(options);
    return events[0];
  };
  const fgsm = await loss('fgsm');
  const pgd = await loss({ kind: 'pgd', iterations: 10, stepSize: 0.25 });
  expect(fgsm.adversarialLoss).toBeGreaterThan(fgsm.naturalLoss);
  expect(pgd.adversarialLoss).toBeGreaterThanOrEqual(fgsm.adversarialLoss * 0.98);
});

test.each([
  [{ method: 'sabr', share: 2 }, 'invalid-value', /^options\.share: expected a number from 0 to 1/],
  [{ method: 'sabr', attack: 'apgd' }, 'invalid-description', /^options\.attack: expected 'fgsm', 'pgd'/],
  [{ method: 'sabr', attack: { kind: 'pgd', iterations: 0 } }, 'invalid-value', /^options\.attack\.iterations/],
  [{ method: 'sabr', epsilon: undefined }, 'invalid-value', /^options\.epsilon/],
  [{ regularisers: { growth: -1 } }, 'invalid-value', /^options\.regularisers\.growth: expected a number from 0/],
  [{ regularisers: { width: 1 } }, 'invalid-description', /^options\.regularisers\.width: there is no such field/],
])('%j is refused', (options, code, message) => {
  const refused = () => fit(engine, fresh(), train, { ...usual, ...options });
  expect(refused).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});
