import { convert } from '@certispike/sdk/convert';
import { chain, graphFile } from './graph-file.mjs';

const weight = { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] };
const input = { type: 'Input', shape: [3] };
const output = { type: 'Output', shape: [2] };
const affine = { type: 'Affine', weight, bias: [1, -1] };
const lif = { type: 'LIF', tau: [4e-4, 4e-4], r: [4, 4], v_leak: [0, 0], v_threshold: [1, 1], v_reset: [0, 0] };

const converted = (nodes, options) => convert(graphFile(chain(nodes)), options);
const refusal = (graph, options) =>
  convert(graphFile(graph), { name: 'g.nir', ...options }).then(
    () => 'no refusal',
    ({ code, message }) => `${code} ${message}`,
  );

const layer = async (nodes, options) => {
  const { network, tensors, report } = await converted({ input, ...nodes, output }, options);
  return {
    ...network.layers[0],
    weight: [...tensors.get('layers.0.weight')],
    bias: [...tensors.get('layers.0.bias')],
    report,
  };
};

describe('neurons', () => {
  test.each([
    ['LIF', lif, { threshold: 1, leak: 0.75, gain: 1, drive: 0 }],
    ['LIF with scaled input', { ...lif, r: 1 }, { threshold: 1, leak: 0.75, gain: 0.25, drive: 0 }],
    ['LIF with a potential to leak to', { ...lif, v_leak: 2 }, { threshold: 1, leak: 0.75, gain: 1, drive: 0.5 }],
    [
      'LIF without v_reset, as before NIR 1.0.6',
      { type: 'LIF', tau: 1e-4, r: 1, v_leak: 0, v_threshold: 1 },
      { threshold: 1, leak: 0, gain: 1, drive: 0 },
    ],
    ['IF', { type: 'IF', r: [1, 1], v_threshold: [2, 2] }, { threshold: 2, leak: 1, gain: 1, drive: 0 }],
    [
      'CubaLIF whose current lasts a step',
      { type: 'CubaLIF', tau_syn: 1e-4, tau_mem: 4e-4, r: 4, w_in: 2, v_leak: 0, v_threshold: 1 },
      { threshold: 1, leak: 0.75, gain: 2, drive: 0 },
    ],
    ['Threshold', { type: 'Threshold', threshold: 0.5 }, { threshold: 0.5, leak: 0, gain: 1, drive: 0 }],
  ])('%s', async (_, neuron, { gain, drive, ...rest }) => {
    const got = await layer({ affine, neuron });
    expect(got.neuron).toEqual({ ...rest, reset: 'hard' });
    expect(got.weight).toEqual(weight.values.map((value) => value * gain));
    expect(got.bias).toEqual([gain + drive, -gain + drive]);
  });

  test('that never fire are a membrane readout', async () => {
    const { network } = await converted({ input, affine, li: { type: 'LI', tau: 2e-4, r: 2, v_leak: 0 }, output });
    expect(network.readout).toEqual({ kind: 'membrane' });
    expect(network.layers[0].neuron.leak).toBe(0.5);
  });

  test('may have constants of their own', async () => {
    const own = { ...lif, tau: [2e-4, 4e-4], r: [2, 2], v_threshold: [1, 0.5], v_leak: [0, 4] };
    const { neuron, weight: scaled, bias } = await layer({ affine, neuron: own });
    expect(neuron).toEqual({ threshold: [1, 0.5], leak: [0.5, 0.75], reset: 'hard' });
    expect(scaled).toEqual([1, 2, 3, 2, 2.5, 3]);
    expect(bias).toEqual([1, 0.5]);
  });

  test('of SpikingJelly fire at the threshold, measured from v_reset', async () => {
    const shifted = { ...lif, v_leak: -1, v_reset: -1 };
    const { neuron, bias } = await layer({ affine, neuron: shifted }, { convention: 'spikingjelly' });
    expect(neuron).toEqual({ threshold: 2 - 2 ** -23, leak: 0.75, reset: 'hard' });
    expect(bias).toEqual([1, -1]);
  });

  test('of Sinabs decay exponentially, in steps', async () => {
    const { neuron } = await layer({ affine, neuron: { ...lif, tau: 2, r: 1 } }, { convention: 'sinabs' });
    expect(neuron.leak).toBe(Math.fround(Math.exp(-0.5)));
  });

  test.each([
    [
      'constants of other channels',
      { ...lif, v_threshold: [1, 2, 3] },
      /neuron \(LIF\): expected constants of 2 channels, got 3/,
    ],
    ['a reset to elsewhere', { ...lif, v_reset: 0.5 }, /node neuron \(LIF\): v_reset: expected 0/],
    [
      'a current that decays',
      { type: 'CubaLIF', tau_syn: 1e-3, tau_mem: 4e-4, r: 4, w_in: 1, v_leak: 0, v_threshold: 1 },
      /tau_syn: expected dt \(0\.0001 s\)/,
    ],
    [
      'a resistance that means something else',
      { type: 'IF', r: 3, v_threshold: 1 },
      /node neuron \(IF\): r: expected 1, or 1 \/ dt \(10000\), got 3/,
    ],
    ['no time constant', { ...lif, tau: 0 }, /tau: expected a finite number above 0, got 0/],
    ['an unknown node', { type: 'Delay', delay: 1 }, /node neuron \(Delay\): type: expected one of Affine/],
  ])('%s is refused, naming node and field', async (_, neuron, reason) => {
    const refused = await refusal(chain({ input, affine, neuron, output }));
    expect(refused).toMatch(/^cannot-convert g\.nir: /);
    expect(refused).toMatch(reason);
  });

  test('a field that is missing', async () => {
    const without = { ...lif };
    delete without.tau;
    expect(await refusal(chain({ input, affine, neuron: without, output }))).toMatch(
      /^invalid-model-file g\.nir: node neuron \(LIF\): tau: expected it in the file at \/node\/nodes\/neuron\/tau, got none/,
    );
  });
});

describe('maps', () => {
  const conv = {
    type: 'Conv2d',
    weight: { shape: [2, 1, 3, 3], values: Array.from({ length: 18 }, (_, index) => index) },
    bias: [0, 0],
    stride: [2, 1],
    padding: [1, 0],
    dilation: [1, 1],
    groups: 1,
  };
  const image = { type: 'Input', shape: [1, 6, 8] };
  const fires = { type: 'IF', r: 1, v_threshold: 1 };
  const dense = (inputs) => ({ type: 'Linear', weight: { shape: [2, inputs], values: Array(2 * inputs).fill(0.5) } });
  const flatten = { type: 'Flatten', start_dim: 0, end_dim: -1 };
  const layers = async (nodes) => (await converted({ image, ...nodes, output })).network.layers;

  test('convolutions of two strides, pools of both kinds', async () => {
    const [first, sum, mean] = await layers({
      conv,
      fires,
      sum: { type: 'SumPool2d', kernel_size: [1, 2], stride: [1, 2], padding: [0, 0] },
      mean: { type: 'AvgPool2d', kernel_size: [3, 3], stride: [1, 1], padding: [1, 1] },
      flatten,
      dense: dense(2 * 3 * 3),
      last: fires,
    });
    expect(first).toMatchObject({ kernel: 3, stride: [2, 1], padding: [1, 0] });
    expect(sum).toEqual({ kind: 'sumpool2d', kernel: [1, 2], stride: [1, 2], padding: 0 });
    expect(mean).toEqual({ kind: 'avgpool2d', kernel: 3, stride: 1, padding: 1 });
  });

  test('padding by name', async () => {
    const [same] = await layers({
      conv: { ...conv, stride: 1, padding: 'same' },
      fires,
      flatten,
      dense: dense(96),
      last: fires,
    });
    expect(same).toMatchObject({ stride: 1, padding: 1 });
    expect(
      await refusal(
        chain({ image, conv: { ...conv, padding: 'same' }, fires, flatten, dense: dense(36), last: fires, output }),
      ),
    ).toMatch(/node conv \(Conv2d\): padding: expected the same zeros on both sides, got 'same' with stride 2 x 1/);
  });

  test('scales go into the weights behind them', async () => {
    const scale = { type: 'Scale', scale: [1, 2, 4] };
    expect((await layer({ scale, affine, neuron: lif })).weight).toEqual([1, 4, 12, 4, 10, 24]);
    expect(await refusal(chain({ input, affine, scale, neuron: lif, output }))).toMatch(
      /expected neurons after affine \(Affine\), got a scale/,
    );
    expect(await refusal(chain({ input, affine, neuron: lif, scale, output }))).toMatch(
      /expected a linear map or a convolution after the scale/,
    );
  });

  test('pools right before neurons are refused', async () => {
    const pool = { type: 'SumPool2d', kernel_size: 2, stride: 2, padding: 0 };
    expect(await refusal(chain({ image, conv, fires, pool, again: fires, output }))).toMatch(
      /again \(IF\): expected a linear map or a convolution between these neurons and what is before them/,
    );
  });

  test('part of a map is not flattened', async () => {
    const part = { ...flatten, start_dim: 1 };
    expect(await refusal(chain({ image, conv, fires, part, dense: dense(36), last: fires, output }))).toMatch(
      /start_dim: expected 0, got 1/,
    );
  });
});

describe('graphs', () => {
  test('subgraphs stand for their nodes', async () => {
    const block = { type: 'NIRGraph', ...chain({ in: input, affine, neuron: lif, out: output }) };
    const { network, report } = await converted({ input, block, output });
    expect(network.layers).toHaveLength(1);
    expect(report.mapped[0]).toEqual({ from: 'block.affine (Affine)', to: 'layers.0: linear' });
  });

  const nodes = { input, affine, neuron: lif, output };
  const { edges } = chain(nodes);
  test.each([
    [
      'recurrent ones',
      { nodes, edges: [...edges, ['neuron', 'affine']] },
      /^cannot-convert .*node (affine|neuron): expected one node (before|after) it/,
    ],
    [
      'branches',
      { nodes, edges: [...edges, ['input', 'neuron']] },
      /node input: expected one node after it, got affine, neuron|node neuron: expected one node before it/,
    ],
    [
      'nodes beside the way',
      { nodes: { ...nodes, other: affine }, edges },
      /expected every node between Input and Output, got besides: other/,
    ],
    ['no input', { nodes: { affine, neuron: lif, output }, edges: edges.slice(1) }, /expected one Input, got none/],
    [
      'no way to the output',
      { nodes, edges: edges.slice(0, 2) },
      /node neuron: expected an Output at the end, got none/,
    ],
    [
      'edges to nowhere',
      { nodes, edges: [...edges, ['neuron', 'nobody']] },
      /^invalid-model-file .*edges: expected an edge between nodes, got "neuron" -> "nobody"/,
    ],
    [
      'no neurons',
      chain({ input, affine, output }),
      /affine \(Affine\): expected neurons after it, got the end of the network/,
    ],
  ])('%s are refused', async (_, graph, reason) => {
    expect(await refusal(graph)).toMatch(reason);
  });
});
