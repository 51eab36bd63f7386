import { readFile } from 'node:fs/promises';
import * as sdk from '@certispike/sdk';
import { bounded } from './bounded.mjs';
import { copied } from './copied.mjs';
import { temporaryFolder } from './folder.mjs';
import { digest, finished, weights } from './toy.mjs';

/** 6 MiB: enough for the networks here, and for some hundred of the images at once. */
const pages = 96;
const shape = [1, 64, 64];
const size = 64 * 64;
const outOfMemory = expect.objectContaining({
  name: 'CertispikeError',
  code: 'out-of-memory',
  message: expect.stringMatching(/^memory: expected enough .* got "out of memory".*; a smaller batch, fewer workers/),
});

let folder;
let small;
let engine;
beforeAll(async () => {
  folder = await temporaryFolder();
  const { load, put } = await copied(folder.at('sdk'));
  for (const name of ['snn_core_bg.wasm', 'snn_training_bg.wasm']) await put(name, (bytes) => bounded(bytes, pages));
  small = await load();
});
afterAll(() => folder.remove());
beforeEach(async () => (engine = await small.createEngine({ workers: 1 })));
afterEach(() => engine.dispose());

/** Images of few bright pixels. */
function images(count) {
  const values = new Float32Array(count * size);
  for (let place = 0; place < values.length; place += 97) values[place] = ((place * 31) % 256) / 256;
  const labels = Uint8Array.from({ length: count }, (_, example) => example % 3);
  return { shape, classes: 3, images: values, labels };
}

const network = (outputs = 32) => {
  const layers = [sdk.linear(outputs), sdk.linear(3)];
  return sdk.network({ input: sdk.rate(shape, { steps: 2 }), layers, readout: 'membrane' });
};

/** Scores where there is memory. */
async function scores(count) {
  const other = await sdk.createEngine({ workers: 1 });
  try {
    const model = other.createModel(network(), { seed: 3 });
    return digest((await sdk.evaluate(other, model, sdk.arrays(images(count)), { seed: 1 })).scores);
  } finally {
    await other.dispose();
  }
}

test('a batch that does not fit is refused, and a smaller one is computed by the same engine', async () => {
  const model = engine.createModel(network(), { seed: 3 });
  const source = small.arrays(images(400));
  await expect(small.evaluate(engine, model, source, { seed: 1, batchSize: 400 })).rejects.toEqual(outOfMemory);
  const result = await small.evaluate(engine, model, source, { seed: 1, batchSize: 100 });
  expect(digest(result.scores)).toBe(await scores(400));
});

test('what does not fit in the midst of a computation is refused the same way', async () => {
  const model = engine.createModel(sdk.network({ input: sdk.rate(shape, { steps: 200 }), layers: [sdk.linear(3)] }), {
    seed: 3,
  });
  const source = small.arrays(images(20));
  await expect(small.inputSpikes(engine, model, source)).rejects.toEqual(outOfMemory);
  expect((await small.inputSpikes(engine, model, source, { limit: 1 })).spikes).toHaveLength(200 * size);
});

test('the worker whose memory ended is replaced by one that has taken none', async () => {
  const model = engine.createModel(network(), { seed: 3 });
  const source = small.arrays(images(400));
  await expect(small.evaluate(engine, model, source, { batchSize: 400 })).rejects.toEqual(outOfMemory);
  expect(engine.memory().workers).toEqual([0]);
  await small.evaluate(engine, model, source, { limit: 1 });
  expect(engine.memory().workers[0]).toBeLessThan(4e6);
});

test('a network that does not fit is refused, and those before and after it work', async () => {
  const before = engine.createModel(network(), { seed: 3 });
  expect(() => engine.createModel(network(1024))).toThrow(outOfMemory);
  const after = engine.createModel(network(), { seed: 3 });
  const source = small.arrays(images(50));
  const found = [before, after].map(async (model) =>
    digest((await small.evaluate(engine, model, source, { seed: 1 })).scores),
  );
  expect(new Set(await Promise.all(found))).toEqual(new Set([await scores(50)]));
  before.setTensor('layers.1.bias', Float32Array.of(1, 2, 3));
  expect([...before.tensor('layers.1.bias')]).toEqual([1, 2, 3]);
});

test('a training that does not fit leaves the model as it was, and trains with a smaller batch', async () => {
  const model = engine.createModel(network(), { seed: 3 });
  const before = weights(model);
  const source = small.arrays(images(400));
  const training = (batchSize) =>
    small.fit(engine, model, source, { method: 'natural', epochs: 1, batchSize, slices: 1 });
  await expect(finished(training(400))).rejects.toEqual(outOfMemory);
  expect(weights(model)).toBe(before);
  await finished(training(80));
  expect(weights(model)).not.toBe(before);
});

test('a model that was trained before another ran out of memory goes on being trained', async () => {
  const model = engine.createModel(network(), { seed: 3 });
  const train = () => finished(small.fit(engine, model, small.arrays(images(40)), { method: 'natural', epochs: 1 }));
  await train();
  expect(() => engine.createModel(network(1024))).toThrow(outOfMemory);
  const before = weights(model);
  await train();
  expect(weights(model)).not.toBe(before);
});

test('a request beyond half of the address space is out of memory too', async () => {
  const { bindings } = await import('../../packages/sdk/core/bindings.js');
  const core = bindings();
  const bytes = await readFile(new URL('../../packages/sdk/core/snn_training_bg.wasm', import.meta.url));
  core.initSync({ module: new WebAssembly.Module(bytes) });
  expect(() => new core.Optimiser({ kind: 'sgd', momentum: 0.9 }, 1e9)).toThrow(/^out of memory$/);
});
