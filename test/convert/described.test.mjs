import { readFileSync } from 'node:fs';
import { convert } from '@certispike/sdk/convert';
import { stateDict } from './torch-file.mjs';

const traces = new URL('./traces/', import.meta.url);

/** A state dict of 4 - 3 - 2 neurons, with what snnTorch and SpikingJelly add. */
const tensors = {
  'fc1.weight': { shape: [3, 4], values: Float32Array.from({ length: 12 }, (_, index) => index / 8 - 0.5) },
  'fc1.bias': { shape: [3], values: [0.5, 0, -0.5] },
  'fc2.weight': { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
};
const input = { shape: [4, 1, 1], encoding: 'spikes', steps: 5 };
const plain = { type: 'LIF', threshold: 1, leak: 0.5, reset: 'hard' };
const leaky = { type: 'Leaky', beta: 0.5, threshold: 1, reset_mechanism: 'zero' };

const description = (framework, neuron) => ({
  framework,
  input,
  layers: [{ type: 'Linear', name: 'fc1' }, neuron, { type: 'Dropout' }, { type: 'Linear', name: 'fc2' }, neuron],
});

const converted = async (layers, more = {}) =>
  convert(await stateDict({ ...tensors, ...more }), { name: 'net.pt', layers });
const refusal = (...given) =>
  converted(...given).then(
    () => 'no refusal',
    ({ code, message }) => `${code} ${message}`,
  );

test('numbers of all types, views and shared storages, as PyTorch wrote them', async () => {
  const { expected } = JSON.parse(readFileSync(new URL('pytorch-types.json', traces), 'utf8'));
  const bytes = new Uint8Array(readFileSync(new URL('pytorch-types.pth', traces)));
  const layers = {
    framework: 'pytorch',
    input: { shape: [12, 1, 1], encoding: 'direct', steps: 5 },
    layers: ['fc1', 'fc2', 'fc3'].flatMap((name) => [{ type: 'Linear', name }, plain]),
  };
  await expect(convert(bytes, { layers })).rejects.toMatchObject({
    code: 'cannot-convert',
    message: expect.stringMatching(/got besides: fc1\.num_batches_tracked \[\] int64/),
  });
  const { tensors: got, report } = await convert(bytes, { layers: { ...layers, ignore: ['fc1.num_batches_tracked'] } });
  for (const [index, name] of ['fc1', 'fc2', 'fc3'].entries()) {
    expect([...got.get(`layers.${index}.weight`)]).toEqual(expected[`${name}.weight`]);
    expect([...got.get(`layers.${index}.bias`)]).toEqual(expected[`${name}.bias`]);
  }
  // The float64 numbers are ones that float32 holds.
  expect(report.warnings).toEqual([]);
});

test('this package described in PyTorch', async () => {
  const { network, tensors: got, report } = await converted(description('pytorch', plain));
  const neuron = { threshold: 1, leak: 0.5, reset: 'hard' };
  expect(network).toEqual({
    input,
    layers: [
      { kind: 'linear', outputs: 3, neuron },
      { kind: 'linear', outputs: 2, neuron },
    ],
    readout: { kind: 'rate' },
  });
  expect([...got.get('layers.0.weight')]).toEqual([...tensors['fc1.weight'].values]);
  expect([...got.get('layers.1.bias')]).toEqual([0, 0]);
  expect(report).toMatchObject({ origin: 'pytorch', warnings: [] });
});

test('a linear map at the end is a linear readout', async () => {
  const layers = description('pytorch', plain).layers.slice(0, 4);
  const { network, tensors: got } = await converted({ framework: 'pytorch', input, layers });
  expect(network.readout).toEqual({ kind: 'linear', classes: 2 });
  expect([...got.get('readout.weight')]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('neurons of snnTorch that never reset are a membrane readout', async () => {
  const { layers, ...rest } = description('snntorch', leaky);
  const silent = { ...leaky, reset_mechanism: 'none' };
  const { network } = await converted({ ...rest, layers: [...layers.slice(0, 4), silent] });
  expect(network.readout).toEqual({ kind: 'membrane' });
});

test('thresholds that are reached become ones that are exceeded', async () => {
  const { network, tensors: got } = await converted(
    description('spikingjelly', { type: 'LIFNode', tau: 4, v_threshold: 1, v_reset: -0.5 }),
  );
  // Potentials are measured from v_reset; the input decays too.
  expect(network.layers[0].neuron).toEqual({ threshold: 1.5 - 2 ** -23, leak: 0.75, reset: 'hard' });
  expect([...got.get('layers.1.weight')]).toEqual([1, 2, 3, 4, 5, 6].map((weight) => weight / 4));
});

test('numbers of neurons in the file win, and contradictions are refused', async () => {
  const stored = {
    'lif1.beta': { shape: [], values: [0.25] },
    'lif1.threshold': { shape: [], values: [2] },
    'lif1.graded_spikes_factor': { shape: [], values: [1] },
    'lif1.reset_mechanism_val': { shape: [], values: [1] },
  };
  const layers = (neuron) => description('snntorch', neuron);
  const { network } = await converted(layers({ type: 'Leaky', name: 'lif1' }), stored);
  expect(network.layers[1].neuron).toEqual({ threshold: 2, leak: 0.25, reset: 'hard' });
  expect(await refusal(layers({ type: 'Leaky', name: 'lif1', beta: 0.5 }), stored)).toMatch(
    /^cannot-convert layers\.layers\[1\]\.beta: expected 0\.25, as the file has it, got 0\.5/,
  );
  const graded = { ...stored, 'lif1.graded_spikes_factor': { shape: [], values: [2] } };
  expect(await refusal(layers({ type: 'Leaky', name: 'lif1' }), graded)).toMatch(/graded_spikes_factor: expected 1/);
  const own = { ...stored, 'lif1.beta': { shape: [1, 2], values: [0.25, 0.5] } };
  const last = [
    { type: 'Linear', name: 'fc1' },
    leaky,
    { type: 'Linear', name: 'fc2' },
    { type: 'Leaky', name: 'lif1' },
  ];
  const { network: learned } = await converted({ framework: 'snntorch', input, layers: last }, own);
  expect(learned.layers[1].neuron).toEqual({ threshold: 2, leak: [0.25, 0.5], reset: 'hard' });
  // The first layer has three neurons.
  expect(await refusal(layers({ type: 'Leaky', name: 'lif1' }), own)).toMatch(
    /lif1: expected constants of 3 channels, got 2/,
  );
});

describe('what has no counterpart is refused with the reason', () => {
  test.each([
    [
      'snntorch',
      { ...leaky, reset_mechanism: 'subtract' },
      /reset_mechanism: expected 'zero', got 'subtract': snnTorch takes the whole threshold off after the leak/,
    ],
    [
      'snntorch',
      { type: 'Leaky', threshold: 1, reset_mechanism: 'zero' },
      /\.beta: expected a number, got none here nor in the file/,
    ],
    ['snntorch', { ...leaky, reset_delay: false, threshold: -1 }, /reset_delay: expected true/],
    ['snntorch', { ...leaky, reset_mechanism: 'none' }, /expected nothing after the neurons/],
    [
      'spikingjelly',
      { type: 'LIFNode', v_reset: null },
      /v_reset: expected a number, got null: SpikingJelly fires at the threshold and takes it off/,
    ],
    ['spikingjelly', { type: 'LIFNode', tau: 1 }, /tau: expected a number above 1, got 1/],
    [
      'spikingjelly',
      { type: 'IFNode', v_threshold: 1e8, v_reset: 0.3 },
      /a difference to v_threshold that float32 holds exactly/,
    ],
    [
      'spikingjelly',
      { type: 'ParametricLIFNode', name: 'sn1' },
      /expected the tensor sn1\.w, got fc1\.weight \[3, 4\] float32/,
    ],
    ['pytorch', { ...plain, compare: '>=', reset: 'soft' }, /compare: expected '>' with soft reset/],
  ])('%s %j', async (framework, neuron, reason) => {
    const refused = await refusal(description(framework, neuron));
    expect(refused).toMatch(/^cannot-convert /);
    expect(refused).toMatch(reason);
  });

  test.each([
    [
      'an unknown framework',
      { ...description('pytorch', plain), framework: 'keras' },
      /framework: expected one of pytorch, snntorch, spikingjelly/,
    ],
    [
      'an unknown layer',
      { ...description('pytorch', plain), layers: [{ type: 'BatchNorm2d', name: 'bn1' }] },
      /layers\[0\]\.type: expected a layer of type Linear, Conv2d/,
    ],
    ['an unknown argument', description('pytorch', { ...plain, bete: 1 }), /layers\[1\]\.bete: there is no such field/],
    [
      'an argument that changes the result',
      description('snntorch', { ...leaky, inhibition: true }),
      /inhibition: expected false, got true/,
    ],
    ['no layers', { ...description('pytorch', plain), layers: [] }, /at least one layer/],
  ])('%s', async (_, layers, reason) => {
    const refused = await refusal(layers);
    expect(refused).toMatch(/^invalid-(description|value) layers/);
    expect(refused).toMatch(reason);
  });

  test.each([
    [
      'a layer that is not there',
      [{ type: 'Linear', name: 'fc9' }, plain],
      /expected the tensor fc9\.weight, got fc1\.weight \[3, 4\]/,
    ],
    [
      'sizes that do not fit',
      [{ type: 'Linear', name: 'fc2' }, plain],
      /fc2: expected weights of 4 inputs, as its input is 4 x 1 x 1, got 3/,
    ],
    [
      'two maps without neurons',
      [
        { type: 'Linear', name: 'fc1' },
        { type: 'Linear', name: 'fc2' },
      ],
      /fc2: expected neurons after fc1, got this/,
    ],
    ['neurons alone', [plain], /expected a linear map or a convolution between these neurons/],
    [
      'tensors that nobody needs',
      [{ type: 'Linear', name: 'fc1' }, plain],
      /expected every tensor to belong to a layer or to be ignored, got besides: fc2\.weight/,
    ],
    [
      'a bias that is there',
      [{ type: 'Linear', name: 'fc1', bias: false }, plain],
      /bias: expected true, as the file has it, got false/,
    ],
  ])('%s', async (_, layers, reason) => {
    const refused = await refusal({ framework: 'pytorch', input, layers });
    expect(refused).toMatch(/^cannot-convert /);
    expect(refused).toMatch(reason);
  });
});

describe('weights that are not as they were', () => {
  const layers = description('pytorch', plain);
  test('rounding is noted', async () => {
    const { report } = await converted(description('spikingjelly', { type: 'LIFNode', tau: 3, v_threshold: 1 }));
    expect(report.warnings).toContainEqual(
      expect.stringMatching(/^fc2 weight: \d of 6 numbers were rounded to float32$/),
    );
  });
  test('infinite ones are refused', async () => {
    const infinite = { 'fc2.weight': { shape: [2, 3], values: [1, 2, Infinity, 4, 5, 6] } };
    expect(await refusal(layers, infinite)).toMatch(
      /^cannot-convert net\.pt: fc2 weight: expected finite numbers of float32, got Infinity at index 2/,
    );
  });
});

test('grouped convolutions are ones with zeros', async () => {
  const weight = Float32Array.from({ length: 4 * 1 * 3 * 3 }, (_, index) => index + 1);
  const grouped = { 'conv.weight': { shape: [4, 1, 3, 3], values: weight } };
  const layers = {
    framework: 'pytorch',
    input: { shape: [2, 3, 3], encoding: 'direct', steps: 5 },
    layers: [{ type: 'Conv2d', name: 'conv', groups: 2 }, plain, { type: 'Flatten' }],
  };
  const { tensors: got } = await convert(await stateDict(grouped), { layers });
  const [first, second] = [got.get('layers.0.weight').slice(0, 18), got.get('layers.0.weight').slice(36, 54)];
  expect([...first]).toEqual([...weight.slice(0, 9), ...Array(9).fill(0)]);
  expect([...second]).toEqual([...Array(9).fill(0), ...weight.slice(18, 27)]);
});
