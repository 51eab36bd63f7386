import {
  activity,
  arrays,
  avgPool2d,
  conv2d,
  createEngine,
  direct,
  energy,
  evaluate,
  horowitz45nm,
  linear,
  network,
  spikes,
  sumPool2d,
  trace,
} from '@certispike/sdk';
import { fill, mapOf, run } from './loops.mjs';

const shape = [2, 7, 6];
const size = 84;
const layers = [
  sumPool2d({ kernel: [2, 1], stride: 1 }),
  conv2d(3, { kernel: 3, padding: 1, stride: [2, 1] }),
  avgPool2d({ kernel: 2, stride: 1, padding: 1 }),
  linear(5),
];
const steps = 3;
const examples = 11;

/** Recordings in which a third of the places spike. */
const frames = Float32Array.from({ length: examples * steps * size }, (_, index) => Number((index * 29) % 31 < 11));
const images = Float32Array.from({ length: examples * size }, (_, index) => ((index * 5) % 11) / 16);
const labels = Uint8Array.from({ length: examples }, (_, index) => index % 5);

let engine;
const subjects = {};
beforeAll(async () => {
  engine = await createEngine({ workers: 2 });
  for (const [name, input, source] of [
    ['spikes', spikes(shape, { steps }), arrays({ images: frames, labels, shape, steps, classes: 5 })],
    ['direct', direct(shape, { steps }), arrays({ images, labels, shape, classes: 5 })],
  ]) {
    const described = network({ input, layers });
    const model = engine.createModel(described, { seed: 1 });
    fill(model, 3);
    const inputsOf = (example) =>
      Array.from({ length: steps }, (_, step) => {
        const [values, at] = name === 'spikes' ? [frames, example * steps + step] : [images, example];
        return mapOf(shape, values.subarray(at * size, (at + 1) * size));
      });
    const runs = Array.from({ length: examples }, (_, example) => run(described, model, inputsOf(example)));
    subjects[name] = { model, source, runs, inputsOf };
  }
});
afterAll(() => engine.dispose());

const total = (values) => values.reduce((sum, value) => sum + value, 0);
const perStep = (of) => Array.from({ length: steps }, (_, step) => total(of(step)) / examples);

describe.each(['spikes', 'direct'])('%s input', (name) => {
  let subject;
  beforeAll(() => (subject = subjects[name]));

  test('spikes and operations are those of loops over all connections', async () => {
    const { model, source, runs, inputsOf } = subject;
    const result = await activity(engine, model, source, { batchSize: 4 });
    expect(result).toMatchObject({ examples, steps, seed: 0, presentation: 0 });
    const inputs = Array.from({ length: examples }, (_, example) => inputsOf(example));
    const on = (step) => inputs.map((maps) => maps[step].flat(2).filter((x) => x !== 0).length);
    expect(result.input).toEqual({ kind: name === 'spikes' ? 'spikes' : 'pixels', size, spikes: perStep(on) });
    expect(result.layers.map(({ index, neurons }) => [index, neurons])).toEqual([
      [1, 54],
      [3, 5],
    ]);
    result.layers.forEach((layer, number) => {
      const of = (field) => (step) => runs.map(({ traces }) => total([traces[number][field][step]].flat()));
      expect(layer.spikes).toEqual(perStep(of('spikes')));
      expect(layer.rate).toBeCloseTo(total(layer.spikes) / steps / layer.neurons, 12);
      const real = name === 'direct' && number === 0;
      const operations = total(runs.map(({ traces }) => total(traces[number].operations))) / examples;
      expect(layer.accumulates).toBeCloseTo(real ? 0 : operations, 9);
      expect(layer.multiplyAccumulates).toBeCloseTo(real ? operations : 0, 9);
      expect(layer.spikes.some((count) => count > 0)).toBe(true);
    });
    expect(result.spikes).toBeCloseTo(total(result.layers.flatMap((layer) => layer.spikes)), 9);
    expect(result.accumulates).toBeCloseTo(total(result.layers.map((layer) => layer.accumulates)), 9);
    expect(result.readout).toBeUndefined();
  });

  test('a trace holds every spike and membrane', async () => {
    const { model, source, runs } = subject;
    const result = await trace(engine, model, source, { batchSize: 4 });
    expect(result).toMatchObject({ examples, steps });
    expect(result.layers.map(({ index, shape }) => [index, shape])).toEqual([
      [1, [3, 3, 6]],
      [3, [5, 1, 1]],
    ]);
    result.layers.forEach((layer, number) => {
      const all = (field) => runs.flatMap(({ traces }) => traces[number][field].flat());
      expect([...layer.spikes]).toEqual(all('spikes'));
      expect([...layer.membranes]).toEqual(all('membranes'));
    });
    const { scores } = await evaluate(engine, model, source);
    expect(result.scores).toEqual(scores);
  });

  test('nothing hangs on how the examples are cut', async () => {
    const { model, source } = subject;
    const results = [];
    for (const workers of [1, 3]) {
      const other = await createEngine({ workers });
      const copy = other.createModel(model.network);
      for (const { name } of model.tensors()) copy.setTensor(name, model.tensor(name));
      const { seconds, ...counts } = await activity(other, copy, source, { batchSize: workers * 3 });
      expect(seconds).toBeGreaterThan(0);
      results.push(counts);
      await other.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });
});

test('synapses are weights that are not zero, wherever they are used', async () => {
  const { source } = subjects.direct;
  const conv = conv2d(3, { kernel: 3 });
  const model = engine.createModel(network({ input: direct(shape, { steps }), layers: [conv, linear(5)] }));
  const weight = new Float32Array(54);
  weight[0] = weight[30] = 0.5;
  model.setTensor('layers.0.weight', weight);
  const { layers, dense } = await activity(engine, model, source, { limit: 1 });
  expect(layers[0].synapses).toBe(2 * 5 * 4);
  expect(layers[1].synapses).toBe(60 * 5);
  expect(dense).toBe(340);
});

test('a membrane readout does not fire, a linear one accumulates', async () => {
  const { source } = subjects.spikes;
  const of = (readout) => {
    const model = engine.createModel(
      network({ input: spikes(shape, { steps }), layers: [linear(6), linear(5)], readout }),
    );
    fill(model, 5);
    return model;
  };
  const silent = await activity(engine, of('membrane'), source);
  expect(silent.layers[1]).toMatchObject({ neurons: 0, rate: 0, spikes: [0, 0, 0] });
  expect(silent.layers[1].accumulates).toBeGreaterThan(0);
  const model = of({ kind: 'linear', classes: 5 });
  const { readout, layers, accumulates } = await activity(engine, model, source);
  const row = model.tensor('readout.weight');
  expect(readout.synapses).toBe(row.filter((w) => w !== 0).length);
  const { layers: traces } = await trace(engine, model, source);
  const operations = [...traces[1].spikes].reduce(
    (sum, spike, at) => sum + spike * [0, 1, 2, 3, 4].filter((out) => row[out * 5 + (at % 5)] !== 0).length,
    0,
  );
  expect(readout.accumulates).toBeCloseTo(operations / examples, 9);
  expect(accumulates).toBeCloseTo(total(layers.map((layer) => layer.accumulates)) + readout.accumulates, 9);
});

test('energy is a price per operation', () => {
  expect(energy({ accumulates: 1000, multiplyAccumulates: 10 })).toBeCloseTo(946, 9);
  expect(energy({ accumulates: 1000, multiplyAccumulates: 10 }, { accumulate: 1, multiplyAccumulate: 2 })).toBe(1020);
  expect(horowitz45nm.source).toMatch(/45 nm.*Horowitz/);
});

test.each([
  ['steps of nothing', { steps: 0 }, 'options.steps'],
  ['a limit of nothing', { limit: 0 }, 'options.limit'],
  ['an unknown option', { region: 1 }, 'options.region: there is no such field'],
])('%s is refused', async (_, options, message) => {
  const { model, source } = subjects.direct;
  const refused = expect.objectContaining({ message: expect.stringContaining(message) });
  await expect(activity(engine, model, source, options)).rejects.toThrow(refused);
  await expect(trace(engine, model, source, options)).rejects.toThrow(refused);
});
