import { conv2d, direct, linear, network, paper, rate } from '@certispike/sdk';

const input = rate([1, 28, 28], { steps: 10 });

test('what is left out gets the values of the paper', () => {
  expect(network({ input: { shape: [1, 28, 28] }, layers: [{ kind: 'linear', outputs: 10 }] })).toEqual({
    input: { shape: [1, 28, 28], encoding: 'rate', steps: 10 },
    layers: [{ kind: 'linear', outputs: 10, neuron: { threshold: 0.25, leak: 0.25, reset: 'hard' } }],
    readout: { kind: 'rate' },
  });
});

test('what is given stays', () => {
  const layers = [conv2d(4, { kernel: 3, threshold: 1, leak: 1, reset: 'soft' }), linear(7, { leak: 0.5 })];
  const described = network({
    input: direct([2, 5, 5], { steps: 1 }),
    layers,
    readout: { kind: 'linear', classes: 3 },
  });
  expect(described).toEqual({
    input: { shape: [2, 5, 5], encoding: 'direct', steps: 1 },
    layers: [
      {
        kind: 'conv2d',
        channels: 4,
        kernel: 3,
        stride: 1,
        padding: 0,
        neuron: { threshold: 1, leak: 1, reset: 'soft' },
      },
      { kind: 'linear', outputs: 7, neuron: { threshold: 0.25, leak: 0.5, reset: 'hard' } },
    ],
    readout: { kind: 'linear', classes: 3 },
  });
});

test('a description is frozen, all of it, and a copy', () => {
  const spec = { input, layers: [linear(10)] };
  const described = network(spec);
  expect(() => (described.layers[0].neuron.leak = 1)).toThrow(TypeError);
  expect(() => described.input.shape.push(1)).toThrow(TypeError);
  spec.layers.push(linear(3));
  expect(described.layers).toHaveLength(1);
});

test('a description survives JSON', () => {
  const described = paper.conv();
  expect(network(JSON.parse(JSON.stringify(described)))).toEqual(described);
});

test("the paper's networks", () => {
  const sizes = ({ layers }) => layers.map((layer) => layer.outputs ?? layer.channels);
  expect(sizes(paper.fc())).toEqual([512, 256, 10]);
  expect(sizes(paper.conv())).toEqual([64, 128, 256, 10]);
  expect(paper.conv().layers[1]).toMatchObject({ kernel: 3, stride: 2, padding: 1 });
  expect(paper.fc({ readout: 'membrane' }).readout).toEqual({ kind: 'membrane' });
  expect(sizes(paper.fc({ readout: 'linear' }))).toEqual([512, 256]);
  expect(paper.conv({ input: rate([2, 34, 34], { steps: 8 }) }).input).toMatchObject({ shape: [2, 34, 34], steps: 8 });
});

test.each([
  ['no layers', { input, layers: [] }, 'invalid-description', 'network.layers: expected at least one layer'],
  ['no input', { layers: [linear(10)] }, 'invalid-description', 'network.input: expected a value, got nothing'],
  ['no steps', { input: rate([1, 2, 2], { steps: 0 }), layers: [linear(10)] }, 'invalid-value', 'network.input.steps'],
  [
    'a fraction of a step',
    { input: rate([1, 2, 2], { steps: 1.5 }), layers: [linear(10)] },
    'invalid-value',
    'got 1.5',
  ],
  ['two sizes', { input: rate([28, 28]), layers: [linear(10)] }, 'invalid-value', 'network.input.shape[2]'],
  ['an unknown field', { input, layers: [linear(10)], foo: 1 }, 'invalid-description', 'network.foo: there is no such'],
  ['an unknown layer', { input, layers: [{ kind: 'pool' }] }, 'invalid-description', 'network.layers[0]'],
  ['no neurons', { input, layers: [linear(0)] }, 'invalid-value', 'network.layers[0].outputs: expected a whole number'],
  ['a leak above 1', { input, layers: [linear(10, { leak: 2 })] }, 'invalid-value', 'network.layers[0].neuron.leak'],
  ['a threshold of NaN', { input, layers: [linear(10, { threshold: NaN })] }, 'invalid-value', 'neuron.threshold'],
  ['an unknown reset', { input, layers: [linear(10, { reset: 'none' })] }, 'invalid-value', 'neuron.reset'],
  [
    'a kernel larger than the map',
    { input: rate([1, 3, 3]), layers: [conv2d(2, { kernel: 4 }), linear(10)] },
    'invalid-shape',
    'network.layers[0].kernel: expected at most the padded input (3 x 3 with padding 0), got 4',
  ],
  [
    'a kernel that does not fit after another',
    { input: rate([1, 5, 5]), layers: [conv2d(2, { kernel: 4 }), conv2d(2, { kernel: 3 }), linear(10)] },
    'invalid-shape',
    'network.layers[1].kernel',
  ],
  [
    'padding of the whole kernel',
    { input, layers: [conv2d(2, { kernel: 3, padding: 3 }), linear(10)] },
    'invalid-shape',
    'padding: expected less than the kernel (3), got 3',
  ],
  ['a map at the end', { input, layers: [conv2d(10, { kernel: 3 })] }, 'invalid-shape', 'network.readout'],
  ['one class', { input, layers: [linear(1)] }, 'invalid-shape', 'expected 2 to 256 classes, got 1'],
  ['more classes than a byte', { input, layers: [linear(300)] }, 'invalid-shape', 'expected 2 to 256 classes, got 300'],
  ['an unknown readout', { input, layers: [linear(10)], readout: 'max' }, 'invalid-description', 'network.readout'],
  ['no object', 3, 'invalid-description', 'network: expected an object, got 3'],
  ['nothing', undefined, 'invalid-description', 'network: expected an object, got nothing'],
])('%s is refused', (_, spec, code, message) => {
  expect(() => network(spec)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});
