import { readFileSync } from 'node:fs';
import { convert } from '@certispike/sdk/convert';
import { describeShared, sharedFile } from '../datasets/shared.mjs';

const real = (name) => sharedFile('data', 'nir', name);
const traces = new URL('./traces/', import.meta.url);

const refusal = (bytes, options = {}) =>
  convert(bytes, { name: 'graph.nir', ...options }).then(
    () => 'no refusal',
    ({ code, message }) => `${code} ${message}`,
  );

describeShared(
  'nir/cnn_sinabs.nir',
  'nir/lif.nir',
  'nir/lif_norse.nir',
  'nir/lif_rockpool.nir',
  'nir/two_lif_neurons.nir',
)('the graphs that frameworks wrote', () => {
  test('a convolutional one of Sinabs for N-MNIST', async () => {
    const { network, tensors, report } = await convert(real('cnn_sinabs.nir'));
    const kinds = network.layers.map(({ kind }) => kind);
    expect(kinds).toEqual(['conv2d', 'conv2d', 'sumpool2d', 'conv2d', 'sumpool2d', 'linear', 'linear']);
    expect(network.input).toEqual({ shape: [2, 34, 34], encoding: 'spikes', steps: 10 });
    expect(network.layers[0]).toEqual({
      kind: 'conv2d',
      channels: 16,
      kernel: 5,
      stride: 2,
      padding: 1,
      neuron: { threshold: 1, leak: 1, reset: 'hard' },
    });
    expect(tensors.get('layers.0.weight')[0]).toBe(Math.fround(-0.2573421895503998));
    expect(report).toMatchObject({ origin: 'nir', convention: expect.stringContaining('fires above the threshold') });
    expect(report.warnings).toContainEqual(expect.stringContaining('soft reset'));
  });

  test('the same by the convention of Sinabs fires at the threshold', async () => {
    const { network } = await convert(real('cnn_sinabs.nir'), { convention: 'sinabs' });
    expect(network.layers[0].neuron.threshold).toBe(1 - 2 ** -24);
  });

  test('those of one neuron have no classes to tell apart', async () => {
    const one =
      /^cannot-convert graph\.nir: node (output|out) \(Output\): shape: expected an output per class, at least 2, got 1/;
    for (const name of ['lif.nir', 'lif_norse.nir', 'two_lif_neurons.nir'])
      expect(await refusal(real(name))).toMatch(one);
    expect(await refusal(real('lif_rockpool.nir'), { convention: 'nir' })).toMatch(one);
  });

  test('Rockpool is recognised by its resistance', async () => {
    expect(await refusal(real('lif_rockpool.nir'))).toMatch(
      /^cannot-convert graph\.nir: node 1_LIFNeuronTorch \(LIF\): r: expected 1 or tau \/ dt, got 24\.0\d+, by which this is a graph of Rockpool: its neurons may fire several times in a step/,
    );
  });
});

describe('files that are none', () => {
  const graph = () => new Uint8Array(readFileSync(new URL('norse-graph.nir', traces)));

  test('cut off', async () => {
    const bytes = graph();
    for (let length = 8; length < bytes.length; length += 331) {
      expect(await refusal(bytes.subarray(0, length))).toMatch(/^(invalid-model-file|cannot-convert) graph\.nir/);
    }
  });

  test('an HDF5 file of another kind', async () => {
    // Group names lie as text in the file: the graph is renamed.
    const bytes = graph();
    const text = Buffer.from(bytes.buffer);
    for (let at = text.indexOf('node\0'); at >= 0; at = text.indexOf('node\0', at + 1)) bytes[at] = 'm'.charCodeAt(0);
    expect(await refusal(bytes)).toMatch(
      /^invalid-model-file graph\.nir: expected an HDF5 file with a NIR graph at \/node, got one with mode, version/,
    );
  });

  test('an input of another size', async () => {
    const input = { shape: [3, 1, 1], encoding: 'direct', steps: 5 };
    expect(await refusal(graph(), { convention: 'norse', input })).toMatch(
      /node input \(Input\): shape: expected an input of 20 x 1 x 1, got one of 3 x 1 x 1/,
    );
  });

  test('a step that is longer than the time constant', async () => {
    expect(await refusal(graph(), { dt: 0.1 })).toMatch(
      /node lif1 \(LIF\): tau: expected at least dt \(0\.1 s\), got 0\.004.*is the step another\?/,
    );
  });
});
