import { arrays, avgPool2d, conv2d, createEngine, evaluate, linear, network, spikes } from '@certispike/sdk';
import { modelFrom, toNir } from '@certispike/sdk/convert';

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 1 })));
afterAll(() => engine.dispose());

const shape = [2, 6, 6];
const input = spikes(shape, { steps: 3 });

test('thresholds of channels survive NIR with every score', async () => {
  const layers = [
    conv2d(3, { kernel: [3, 2], threshold: [0.25, 0.5, -0.125], leak: 0.5 }),
    avgPool2d({ kernel: 2 }),
    linear(4, { threshold: [0.1, 0.2, 0.3, 0.4].map(Math.fround), leak: 1 }),
  ];
  const model = engine.createModel(network({ input, layers }), { seed: 4 });
  const { model: copy, report } = await modelFrom(engine, await toNir(model), { name: 'graph.nir' });
  expect(copy.network).toEqual(model.network);
  expect(report.mapped.map(({ to }) => to).join('\n')).toContain('threshold -0.125 to 0.5 (3 channels)');
  const images = Float32Array.from({ length: 8 * 3 * 72 }, (_, index) => Number((index * 29) % 31 < 13));
  const source = arrays({ images, labels: new Uint8Array(8), shape, steps: 3, classes: 4 });
  const [own, copied] = [await evaluate(engine, model, source), await evaluate(engine, copy, source)];
  expect(copied.scores).toEqual(own.scores);
  expect(new Set(own.scores).size).toBeGreaterThan(1);
});

test('leaks of channels survive it too', async () => {
  const leak = [0.1, 0.2, 0.3].map(Math.fround);
  const layers = [conv2d(3, { kernel: 2, leak }), linear(2, { leak: [0.5, 0], threshold: [1, 2] })];
  const model = engine.createModel(network({ input, layers }), { seed: 4 });
  const { model: copy } = await modelFrom(engine, await toNir(model));
  expect(copy.network).toEqual(model.network);
  for (const { name } of model.tensors()) expect(copy.tensor(name)).toEqual(model.tensor(name));
});

test('neurons with and without a leak in one layer have no way to NIR', async () => {
  const model = engine.createModel(network({ input, layers: [linear(2, { leak: [0.5, 1] })] }));
  await expect(toNir(model)).rejects.toMatchObject({
    code: 'cannot-convert',
    message: expect.stringContaining('network.layers[0].neuron.leak: expected 1 for all neurons or for none'),
  });
});
