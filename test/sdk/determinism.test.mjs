import * as sdk from '@certispike/sdk';
import { sameBits } from './same-bits.mjs';
import { denseNetwork, finished, shortTraining, stripes, weights } from './toy.mjs';

const { arrays, createEngine, fit } = sdk;

test('1, 2, 3 and 4 workers give the same bits', async () => {
  const one = await sameBits(sdk, 1);
  for (const workers of [2, 3, 4]) expect(await sameBits(sdk, workers)).toEqual(one);
});

describe('a training', () => {
  const train = arrays(stripes(90));
  let engine;
  beforeAll(async () => (engine = await createEngine({ workers: 2 })));
  afterAll(() => engine.dispose());

  async function trained(options) {
    const model = engine.createModel(denseNetwork(sdk), { seed: 3 });
    await finished(fit(engine, model, train, { ...shortTraining, ...options }));
    return weights(model);
  }

  test('depends on the seed and on the slices', async () => {
    const usual = await trained({});
    expect(await trained({})).toBe(usual);
    expect(await trained({ seed: 6 })).not.toBe(usual);
    expect(await trained({ slices: 8 })).not.toBe(usual);
  });

  test('has new draws in every epoch', async () => {
    // Without a learning rate and with one batch an epoch, only the draws can change the loss.
    const model = engine.createModel(denseNetwork(sdk), { seed: 3 });
    const options = { ...shortTraining, learningRate: 0, batchSize: 90, epochs: 3 };
    const { events } = await finished(fit(engine, model, train, options));
    const losses = events.filter(({ kind }) => kind === 'step').map(({ loss }) => loss);
    expect(new Set(losses).size).toBe(3);
  });

  test.each([1, 2, 3, 5, 7])('takes batches of %i, smaller than its slices allow for', async (batchSize) => {
    const model = engine.createModel(denseNetwork(sdk), { seed: 3 });
    const options = { ...shortTraining, epochs: 1, batchSize, limit: 2 * batchSize + 1, slices: 8 };
    const { result } = await finished(fit(engine, model, train, options));
    expect(result.steps).toBe(3);
  });
});
