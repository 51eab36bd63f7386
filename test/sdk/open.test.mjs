import * as sdk from '@certispike/sdk';
import { convNetwork, denseNetwork, digest, stripes } from './toy.mjs';

const { arrays, createEngine, linf, openNeurons, openStates, regionSample, trace } = sdk;
const region = linf(0.08);
const source = arrays(stripes(23));

let engine;
const models = {};
beforeAll(async () => {
  engine = await createEngine({ workers: 2 });
  models.dense = engine.createModel(denseNetwork(sdk), { seed: 3, initialisation: 'ibp' });
  models.conv = engine.createModel(convNetwork(sdk), { seed: 3 });
});
afterAll(() => engine.dispose());

describe.each(['dense', 'conv'])('%s', (name) => {
  test('shares are those of the single states', async () => {
    const found = await openNeurons(engine, models[name], source, { region, batchSize: 7 });
    const { layers, samples } = await openStates(engine, models[name], source, { region });
    expect(found).toMatchObject({ examples: 23, seed: 0, presentation: 0, region });
    expect([...samples]).toEqual([...Array(23).keys()]);
    expect(found.layers.map(({ index }) => index)).toEqual(layers.map(({ index }) => index));
    layers.forEach(({ states, shape }, layer) => {
      const neurons = shape[0] * shape[1] * shape[2];
      expect(found.layers[layer].neurons).toBe(neurons);
      expect(states).toHaveLength(23 * found.steps * neurons);
      const open = new Float64Array(found.steps);
      states.forEach((state, at) => (open[Math.floor(at / neurons) % found.steps] += Number(state === 2)));
      expect(found.layers[layer].open).toEqual(open.map((count) => count / (23 * neurons)));
    });
    // A region that leaves nothing open, or everything, would test nothing.
    const shares = found.layers.flatMap(({ open }) => [...open]);
    expect(Math.max(...shares)).toBeGreaterThan(0);
    expect(Math.min(...shares)).toBeLessThan(1);
  });

  test('what is decided holds for inputs of the region', async () => {
    const limit = 4;
    const { layers, steps } = await openStates(engine, models[name], source, { region, limit });
    const { images, labels } = stripes(23);
    const size = images.length / labels.length;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const moved = images.slice();
      for (let example = 0; example < limit; example += 1) {
        const own = images.slice(example * size, (example + 1) * size);
        moved.set(regionSample(engine, region, models[name].network.input.shape, own, seed), example * size);
      }
      const ran = await trace(engine, models[name], arrays({ ...stripes(23), images: moved }), { limit });
      for (const { index, states } of layers) {
        const { spikes } = ran.layers.find((layer) => layer.index === index);
        expect(states).toHaveLength(spikes.length);
        expect(states.every((state, at) => state === 2 || state === spikes[at])).toBe(true);
      }
      expect(ran.steps).toBe(steps);
    }
  });
});

test('without a region all is decided, as the network runs', async () => {
  const { layers } = await openStates(engine, models.dense, source, { region: linf(0), rounding: 'nearest' });
  const ran = await trace(engine, models.dense, source);
  expect(layers[0].states).toEqual(ran.layers[0].spikes);
});

test('the same bits for any number of workers', async () => {
  const results = await Promise.all(
    [1, 2, 4].map(async (workers) => {
      const other = await createEngine({ workers });
      try {
        const model = other.createModel(convNetwork(sdk), { seed: 3 });
        const { layers } = await openNeurons(other, model, source, { region, batchSize: 5 + workers });
        const each = await openStates(other, model, source, { region });
        return [...layers.map(({ open }) => [...open]), ...each.layers.map(({ states }) => digest(states))];
      } finally {
        await other.dispose();
      }
    }),
  );
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('a last layer that does not fire is left out', async () => {
  const { layers } = await openNeurons(engine, models.dense, source, { region, limit: 3 });
  expect(layers.map(({ index, neurons }) => [index, neurons])).toEqual([[0, 24]]);
});

test('a region is needed, and one that fits', async () => {
  await expect(openNeurons(engine, models.dense, source, {})).rejects.toMatchObject({
    code: 'invalid-description',
    message: expect.stringMatching(/^options\.region/),
  });
  const flips = sdk.flips(2);
  await expect(openStates(engine, models.conv, source, { region: flips, epsilon: 1 })).rejects.toMatchObject({
    code: 'invalid-description',
  });
});
