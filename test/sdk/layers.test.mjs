import * as fc from 'fast-check';
import {
  arrays,
  avgPool2d,
  certify,
  conv2d,
  createEngine,
  direct,
  evaluate,
  fit,
  isPool,
  linear,
  linf,
  modelFromBytes,
  modelToBytes,
  network,
  rate,
  sumPool2d,
} from '@certispike/sdk';
import { fill, mapOf, run } from './loops.mjs';
import { finished } from './toy.mjs';

const neuron = { threshold: 0.25, leak: 0.25, reset: 'hard' };

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 2 })));
afterAll(() => engine.dispose());

test('pools and pairs in a description', () => {
  const described = network({
    input: rate([2, 12, 10]),
    layers: [
      conv2d(3, { kernel: [3, 1], stride: [2, 2], padding: [1, 0], dilation: [2, 1] }),
      sumPool2d({ kernel: 2 }),
      { kind: 'avgpool2d', kernel: [2, 1], padding: [1, 0] },
      linear(4),
    ],
  });
  expect(described.layers).toEqual([
    { kind: 'conv2d', channels: 3, kernel: [3, 1], stride: 2, padding: [1, 0], dilation: [2, 1], neuron },
    { kind: 'sumpool2d', kernel: 2, stride: 2, padding: 0 },
    { kind: 'avgpool2d', kernel: [2, 1], stride: [2, 1], padding: [1, 0] },
    { kind: 'linear', outputs: 4, neuron },
  ]);
  expect(network(JSON.parse(JSON.stringify(described)))).toEqual(described);
  expect(described.layers.map(isPool)).toEqual([false, true, true, false]);
});

test('two ways to write a layer are one description', () => {
  const of = (options) => network({ input: rate([1, 9, 9]), layers: [conv2d(2, options), linear(2)] }).layers[0];
  const plain = of({ kernel: 3, stride: 2 });
  expect(of({ kernel: [3, 3], stride: [2, 2], padding: [0, 0], dilation: 1 })).toStrictEqual(plain);
  expect(plain).toStrictEqual({ kind: 'conv2d', channels: 2, kernel: 3, stride: 2, padding: 0, neuron });
});

test('constants of every channel', () => {
  const thresholds = [0.25, 0.5, 1];
  const layer = conv2d(3, { kernel: 2, threshold: thresholds, leak: [0.5, 0.5, 0.5] });
  const described = network({ input: rate([1, 4, 4]), layers: [layer, linear(2, { leak: [0, 1], reset: 'soft' })] });
  expect(described.layers[0].neuron).toStrictEqual({ threshold: [0.25, 0.5, 1], leak: 0.5, reset: 'hard' });
  expect(described.layers[1].neuron).toStrictEqual({ threshold: 0.25, leak: [0, 1], reset: 'soft' });
  expect(network(JSON.parse(JSON.stringify(described)))).toEqual(described);
  thresholds.push(2);
  expect(described.layers[0].neuron.threshold).toHaveLength(3);
  expect(() => described.layers[0].neuron.threshold.push(1)).toThrow(TypeError);
});

test.each([
  [
    'too few thresholds',
    [linear(4, { threshold: [1, 2] })],
    'neuron.threshold: expected one number, or 4, one per channel, got "2 numbers"',
  ],
  ['no thresholds', [linear(4, { threshold: [] })], 'neuron.threshold'],
  ['a leak above 1 among others', [linear(2, { leak: [0.5, 1.5] })], 'neuron.leak'],
  ['a threshold that is no number', [linear(2, { threshold: [0.5, 'a'] })], 'neuron.threshold'],
  ['a threshold too large for the core', [linear(2, { threshold: [0.5, 1e300] })], 'neuron.threshold[1]'],
  ['a pool at the end', [linear(4), sumPool2d({ kernel: 1 })], 'layers[1]: expected a layer of neurons at the end'],
  [
    'a pool larger than the map',
    [sumPool2d({ kernel: 7 }), linear(2)],
    'layers[0].kernel: expected at most the padded',
  ],
  ['a pool of nothing', [avgPool2d({ kernel: 0 }), linear(2)], 'layers[0].kernel: expected a whole number from 1'],
  ['three sides', [avgPool2d({ kernel: [1, 1, 1] }), linear(2)], 'layers[0].kernel'],
  [
    'padding of a whole pool',
    [avgPool2d({ kernel: 2, padding: 2 }), linear(2)],
    'padding: expected less than the kernel',
  ],
  [
    'padding of a whole dilated kernel',
    [conv2d(2, { kernel: [2, 1], dilation: 2, padding: [3, 0] }), linear(2)],
    'padding: expected less than the dilated kernel (3), got 3',
  ],
  ['a dilated kernel larger than the map', [conv2d(2, { kernel: 3, dilation: 3 }), linear(2)], 'layers[0].kernel'],
  [
    'neurons of a pool',
    [{ ...sumPool2d({ kernel: 2 }), neuron }, linear(2)],
    'layers[0].neuron: there is no such field',
  ],
])('%s is refused', (_, layers, message) => {
  const made = () => engine.createModel(network({ input: rate([1, 6, 6]), layers }));
  expect(made).toThrow(expect.objectContaining({ name: 'CertispikeError', message: expect.stringContaining(message) }));
});

const sides = fc.oneof(
  fc.integer({ min: 1, max: 3 }),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
);
const windowOf = { kernel: sides, stride: sides, padding: fc.constantFrom(0, 0, 1) };
const anyLayer = fc.oneof(
  fc.record({
    make: fc.constant(conv2d),
    channels: fc.constantFrom(1, 3, 5),
    dilation: fc.constantFrom(1, 1, 2),
    ...windowOf,
  }),
  fc.record({ make: fc.constantFrom(sumPool2d, avgPool2d), ...windowOf }),
);
/** Constants of neurons, of each channel for an odd seed. */
const constants = (channels, seed) => {
  const sixteenths = (of) => Array.from({ length: channels }, (_, channel) => ((channel * of + seed) % 9) / 16);
  return seed % 2 === 0 ? {} : { threshold: sixteenths(5), leak: sixteenths(4) };
};
const made = ({ make, channels, ...options }, seed) =>
  make === conv2d ? conv2d(channels, { ...options, ...constants(channels, seed) }) : make(options);

test('scores agree with loops', async () => {
  let pooled = 0;
  const property = async (drawn, steps, seed) => {
    const input = direct([2, 7, 6], { steps });
    let described;
    try {
      described = network({
        input,
        layers: [...drawn.map((layer) => made(layer, seed)), linear(4, constants(4, seed))],
      });
    } catch {
      fc.pre(false);
    }
    const model = engine.createModel(described, { seed });
    fill(model, seed);
    const numbers = Float32Array.from({ length: 84 }, (_, index) => ((index * 5 + seed) % 8) / 8);
    const source = arrays({ images: numbers, labels: Uint8Array.of(0), shape: [2, 7, 6], classes: 4 });
    const { scores } = await evaluate(engine, model, source, { seed: 1 });
    const thirds = described.layers.some(({ kind, kernel }) => kind === 'avgpool2d' && [kernel].flat().includes(3));
    pooled += Number(described.layers.some(isPool));
    if (!thirds)
      expect([...scores]).toEqual(run(described, model, Array(steps).fill(mapOf([2, 7, 6], numbers))).scores);
    model.free();
  };
  await fc.assert(
    fc.asyncProperty(fc.array(anyLayer, { maxLength: 3 }), fc.integer({ min: 1, max: 3 }), fc.nat(1000), property),
    { numRuns: 150, seed: 5 },
  );
  expect(pooled).toBeGreaterThan(40);
});

test('a network with pools trains, certifies and survives a file', async () => {
  const shape = [1, 6, 6];
  const images = new Float32Array(64 * 36);
  const labels = Uint8Array.from({ length: 64 }, (_, index) => index % 2);
  images.forEach((_, at) => {
    const [index, pixel] = [Math.floor(at / 36), at % 36];
    const bright = labels[index] === 1 ? pixel % 6 < 3 : pixel % 6 >= 3;
    images[at] = (bright ? 0.8 : 0.1) + ((index * 31 + pixel * 17) % 10) / 100;
  });
  const source = arrays({ images, labels, shape, classes: 2 });
  const described = network({
    input: rate(shape, { steps: 4 }),
    layers: [
      sumPool2d({ kernel: 2, stride: 1 }),
      conv2d(4, { kernel: 2 }),
      avgPool2d({ kernel: 3, stride: 1 }),
      linear(2),
    ],
  });
  const model = engine.createModel(described, { seed: 2, initialisation: 'ibp' });
  expect(model.tensors().map(({ name }) => name)).toEqual([
    'layers.1.weight',
    'layers.1.bias',
    'layers.3.weight',
    'layers.3.bias',
  ]);
  expect(model.tensors()[2].shape).toEqual([2, 16]);
  const options = { method: 's-crown', epochs: 12, batchSize: 16, epsilon: 0.02, learningRate: 0.02, seed: 1 };
  await finished(fit(engine, model, source, options));
  const result = await certify(engine, model, source, { region: linf(0.02), seed: 3 });
  expect(result.cleanError).toBeLessThan(0.1);
  expect(result.certifiedError.best).toBeLessThan(0.5);
  const copy = await modelFromBytes(engine, await modelToBytes(model));
  expect(copy.network).toEqual(described);
  const again = await certify(engine, copy, source, { region: linf(0.02), seed: 3 });
  expect(again.perExample.sCrown).toEqual(result.perExample.sCrown);
});
