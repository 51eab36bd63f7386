import * as sdk from '@certispike/sdk';
import { classes, convNetwork, denseNetwork, finished, shortTraining, stripes } from './toy.mjs';

const { arrays, certify, createEngine, direct, evaluate, fit, linear, linf, network } = sdk;
const train = arrays(stripes(90, 1));
const test_ = arrays(stripes(61, 2));
const rivals = classes - 1;
const region = linf(0.03);

let engine;
const models = {};
beforeAll(async () => {
  engine = await createEngine({ workers: 2 });
  for (const [name, described] of [
    ['dense', denseNetwork(sdk)],
    ['conv', convNetwork(sdk)],
  ]) {
    models[name] = engine.createModel(described, { seed: 3, initialisation: 'ibp' });
    await finished(fit(engine, models[name], train, { ...shortTraining, epochs: 8, learningRate: 5e-3 }));
  }
});
afterAll(() => engine.dispose());

const rowsOf = (array, size) =>
  Array.from({ length: array.length / size }, (_, row) => [...array.slice(row * size, (row + 1) * size)]);

describe.each(['dense', 'conv'])('%s', (name) => {
  let result;
  beforeAll(async () => (result = await certify(engine, models[name], test_, { region, seed: 7 })));

  test('something is certified, so that the rest of these tests says something', () => {
    expect(result.cleanError).toBeLessThan(0.4);
    expect(result.certifiedError.best).toBeLessThan(0.9);
  });

  test('totals are those of the examples', () => {
    const { perExample, certifiedError, cleanError, examples } = result;
    const { labels, scores, correct, certified } = perExample;
    expect(examples).toBe(61);
    rowsOf(scores, classes).forEach((row, index) => {
      const own = row[labels[index]];
      const strict = row.every((score, rival) => rival === labels[index] || own > score);
      expect(correct[index]).toBe(Number(strict));
      expect(perExample.predictions[index]).toBe(row.indexOf(Math.max(...row)));
    });
    const proves = (margins) => rowsOf(margins, rivals).map((row, i) => correct[i] === 1 && row.every((m) => m > 0));
    const errors = (flags) => flags.filter((flag) => !flag).length / examples;
    expect(cleanError).toBe(errors([...correct]));
    expect(certifiedError.sIbp).toBe(errors(proves(perExample.sIbp)));
    expect(certifiedError.sCrown).toBe(errors(proves(perExample.sCrown)));
    expect(certifiedError.best).toBe(errors([...certified]));
    expect([...perExample.best]).toEqual([...perExample.sIbp].map((m, i) => Math.max(m, perExample.sCrown[i])));
    expect(cleanError).toBeLessThanOrEqual(certifiedError.best);
    expect(certifiedError.best).toBeLessThanOrEqual(Math.min(certifiedError.sIbp, certifiedError.sCrown));
  });

  test('evaluate sees the same draws', async () => {
    const evaluated = await evaluate(engine, models[name], test_, { seed: 7 });
    for (const field of ['scores', 'correct', 'predictions', 'labels', 'samples']) {
      expect(evaluated[field]).toEqual(result.perExample[field]);
    }
    expect(evaluated.cleanError).toBe(result.cleanError);
    const other = await evaluate(engine, models[name], test_, { seed: 8 });
    expect(other.scores).not.toEqual(evaluated.scores);
    const shownAgain = await evaluate(engine, models[name], test_, { seed: 7, presentation: 1 });
    expect(shownAgain.scores).not.toEqual(evaluated.scores);
  });

  test.each([1, 7, 61, 1000])('batches of %i give the same bits', async (batchSize) => {
    const again = await certify(engine, models[name], test_, { region, seed: 7, batchSize });
    expect(again.perExample).toEqual(result.perExample);
  });

  test('every example alone gives the same bits', async () => {
    const first = await certify(engine, models[name], test_, { region, seed: 7, limit: 5 });
    expect(first.examples).toBe(5);
    expect(first.perExample.sCrown).toEqual(result.perExample.sCrown.slice(0, 5 * rivals));
  });

  test('no perturbed image breaks its certificate, nor any margin its bound', async () => {
    const { images, labels } = stripes(61, 2);
    const { best, certified } = result.perExample;
    let state = 1;
    const sign = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 31 ? 1 : -1);
    for (let trial = 0; trial < 5; trial += 1) {
      const moved = images.map((pixel) => Math.fround(pixel + 0.0299 * sign()));
      const source = arrays({ ...stripes(61, 2), images: moved });
      const { scores, correct } = await evaluate(engine, models[name], source, { seed: 7 });
      rowsOf(scores, classes).forEach((row, index) => {
        const margins = row.filter((_, rival) => rival !== labels[index]).map((score) => row[labels[index]] - score);
        margins.forEach((margin, rival) => expect(margin).toBeGreaterThanOrEqual(best[index * rivals + rival]));
        if (certified[index] === 1) expect(correct[index]).toBe(1);
      });
    }
  });

  test('a larger region has smaller margins, and outward rounding widens', async () => {
    const larger = await certify(engine, models[name], test_, { region: linf(0.06), seed: 7 });
    larger.perExample.sIbp.forEach((m, i) => expect(m).toBeLessThanOrEqual(result.perExample.sIbp[i]));
    const nearest = await certify(engine, models[name], test_, { region, seed: 7, rounding: 'nearest' });
    nearest.perExample.sIbp.forEach((m, i) => expect(m).toBeGreaterThanOrEqual(result.perExample.sIbp[i]));
  });
});

test('one bound alone', async () => {
  const options = { region, seed: 7 };
  const [both, ibp, crown] = await Promise.all([
    certify(engine, models.dense, test_, options),
    certify(engine, models.dense, test_, { ...options, bounds: ['s-ibp'] }),
    certify(engine, models.dense, test_, { ...options, bounds: ['s-crown'] }),
  ]);
  expect(ibp.certifiedError).toEqual({
    sIbp: both.certifiedError.sIbp,
    sCrown: undefined,
    best: both.certifiedError.sIbp,
  });
  expect(crown.certifiedError.best).toBe(both.certifiedError.sCrown);
  expect(crown.certifiedError.sIbp).toBeUndefined();
  expect(ibp.perExample.sCrown).toHaveLength(0);
  expect(crown.perExample.sIbp).toHaveLength(0);
});

test('a tie is an error, and certifies nothing', async () => {
  const model = engine.createModel(network({ input: direct([1, 6, 6], { steps: 2 }), layers: [linear(classes)] }));
  for (const { name, shape } of model.tensors()) {
    model.setTensor(name, new Float32Array(shape.reduce((size, side) => size * side, 1)));
  }
  const { cleanError, certifiedError, perExample } = await certify(engine, model, test_, { region: linf(0) });
  expect(cleanError).toBe(1);
  expect(certifiedError).toEqual({ sIbp: 1, sCrown: 1, best: 1 });
  expect([...perExample.best].every((margin) => margin <= 0)).toBe(true);
});

test('a bound that is no number is unknown, never certified', async () => {
  const input = direct([1, 6, 6], { steps: 3 });
  const model = engine.createModel(network({ input, layers: [linear(classes)], readout: 'membrane' }));
  const huge = new Float32Array(classes * 36).fill(3e38);
  huge.subarray(36).fill(-3e38);
  model.setTensor('layers.0.weight', huge);
  const zeros = arrays({ ...stripes(6), labels: new Uint8Array(6) });
  const { perExample, certifiedError } = await certify(engine, model, zeros, { region: linf(1) });
  expect([...perExample.best].some((margin) => !Number.isFinite(margin))).toBe(true);
  expect(certifiedError.best).toBe(1);
});

test('progress is reported until all is done', async () => {
  const seen = [];
  const onProgress = (progress) => seen.push(progress);
  await certify(engine, models.dense, test_, { region, limit: 40, batchSize: 16, onProgress });
  expect(seen.at(-1)).toEqual({ done: 40, total: 40 });
  expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b));
});

test('a model that went through bytes has the same certificates', async () => {
  const copy = await sdk.modelFromBytes(engine, await sdk.modelToBytes(models.conv));
  const [a, b] = await Promise.all([models.conv, copy].map((model) => certify(engine, model, test_, { region })));
  expect(b.perExample).toEqual(a.perExample);
});
