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
import { finished } from './toy.mjs';

const neuron = { threshold: 0.25, leak: 0.25, reset: 'hard' };

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

test.each([
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
  expect(() => network({ input: rate([1, 6, 6]), layers })).toThrow(
    expect.objectContaining({ name: 'CertispikeError', message: expect.stringContaining(message) }),
  );
});

/** Loops over everything, in doubles: a map is `[channel][row][column]`. */
const pairs = ({ kernel, stride, padding, dilation = 1 }) =>
  [kernel, stride, padding, dilation].map((sides) => (typeof sides === 'number' ? [sides, sides] : sides));
const windows = (layer, size, axis) => {
  const [kernel, stride, padding, dilation] = pairs(layer);
  return Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
};
function each(layer, map, row, column, visit) {
  const [kernel, stride, padding, dilation] = pairs(layer);
  for (let ky = 0; ky < kernel[0]; ky += 1) {
    for (let kx = 0; kx < kernel[1]; kx += 1) {
      const y = row * stride[0] + ky * dilation[0] - padding[0];
      const x = column * stride[1] + kx * dilation[1] - padding[1];
      if (map[0][y]?.[x] !== undefined) visit(y, x, ky, kx);
    }
  }
}
function slid(layer, map, channels, at) {
  const [rows, columns] = [windows(layer, map[0].length, 0), windows(layer, map[0][0].length, 1)];
  const line = (channel, row) => Array.from({ length: columns }, (_, column) => at(channel, row, column));
  const plane = (channel) => Array.from({ length: rows }, (_, row) => line(channel, row));
  return Array.from({ length: channels }, (_, channel) => plane(channel));
}
function drive(layer, map, { weight, bias } = {}) {
  if (layer.kind === 'linear') {
    const flat = map.flat(2);
    const sum = (out) => flat.reduce((total, x, index) => total + weight[out * flat.length + index] * x, bias[out]);
    return Array.from({ length: layer.outputs }, (_, out) => [[sum(out)]]);
  }
  const [[tall, wide]] = pairs(layer);
  if (isPool(layer)) {
    return slid(layer, map, map.length, (channel, row, column) => {
      let sum = 0;
      each(layer, map, row, column, (y, x) => (sum += map[channel][y][x]));
      return layer.kind === 'avgpool2d' ? sum / (tall * wide) : sum;
    });
  }
  return slid(layer, map, layer.channels, (out, row, column) => {
    let sum = bias[out];
    each(layer, map, row, column, (y, x, ky, kx) => {
      map.forEach((plane, channel) => {
        sum += weight[((out * map.length + channel) * tall + ky) * wide + kx] * plane[y][x];
      });
    });
    return sum;
  });
}
function naiveScores({ layers }, model, image, steps) {
  const kept = layers.map(() => []);
  const counts = [];
  for (let step = 0; step < steps; step += 1) {
    let map = image;
    layers.forEach((layer, index) => {
      if (isPool(layer)) return void (map = drive(layer, map));
      const tensors = {
        weight: model.tensor(`layers.${index}.weight`),
        bias: model.tensor(`layers.${index}.bias`),
      };
      const { threshold, leak } = layer.neuron;
      const sums = drive(layer, map, tensors);
      let place = 0;
      const neuronOf = (sum) => {
        const u = sum + leak * (kept[index][place] ?? 0);
        kept[index][place++] = u > threshold ? 0 : u;
        return Number(u > threshold);
      };
      map = sums.map((plane) => plane.map((row) => row.map(neuronOf)));
    });
    map.flat(2).forEach((spike, index) => (counts[index] = (counts[index] ?? 0) + spike));
  }
  return counts.map((count) => Math.fround(count / steps));
}

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
const made = ({ make, channels, ...options }) => (make === conv2d ? conv2d(channels, options) : make(options));

let engine;
beforeAll(async () => (engine = await createEngine({ workers: 2 })));
afterAll(() => engine.dispose());

test('scores agree with loops', async () => {
  let pooled = 0;
  const property = async (drawn, steps, seed) => {
    const input = direct([2, 7, 6], { steps });
    let described;
    try {
      described = network({ input, layers: [...drawn.map(made), linear(4)] });
    } catch {
      fc.pre(false);
    }
    const model = engine.createModel(described, { seed });
    for (const { name, shape } of model.tensors()) {
      // Sixteenths, so that sums are the same in any order.
      const size = shape.reduce((product, side) => product * side, 1);
      const value = (_, index) => (((index * 7 + seed) % 17) - 8) / 16;
      model.setTensor(name, Float32Array.from({ length: size }, value));
    }
    const numbers = Float32Array.from({ length: 84 }, (_, index) => ((index * 5 + seed) % 8) / 8);
    const image = [0, 1].map((c) =>
      Array.from({ length: 7 }, (_, y) => Array.from({ length: 6 }, (_, x) => numbers[(c * 7 + y) * 6 + x])),
    );
    const source = arrays({ images: numbers, labels: Uint8Array.of(0), shape: [2, 7, 6], classes: 4 });
    const { scores } = await evaluate(engine, model, source, { seed: 1 });
    const thirds = described.layers.some(({ kind, kernel }) => kind === 'avgpool2d' && [kernel].flat().includes(3));
    pooled += Number(described.layers.some(isPool));
    if (!thirds) expect([...scores]).toEqual(naiveScores(described, model, image, steps));
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
