import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stateDict } from '../convert/torch-file.mjs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

const trace = (name) => fileURLToPath(new URL(`../convert/traces/${name}`, import.meta.url));

let folder;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeSmallSet(folder.at('data'), { train: 20, test: 20 });
});
afterAll(() => folder.remove());

const layers = (name) => {
  const path = folder.at(`${name}.json`);
  writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(trace(`${name}.json`), 'utf8')).options.layers));
  return path;
};

test('a state dict with its layers becomes a model, and a graph', async () => {
  const [model, graph, back] = ['model.safetensors', 'model.nir', 'back.safetensors'].map(folder.at);
  const converted = await certispike([
    'convert',
    trace('snntorch-conv-grid.pth'),
    model,
    '--layers',
    layers('snntorch-conv-grid'),
    '--json',
  ]);
  expect(converted).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(converted.stdout)).toMatchObject({
    origin: 'snntorch',
    to: model,
    mapped: expect.arrayContaining([{ from: 'pool1', to: 'layers.1: avgpool2d' }]),
    warnings: [],
  });
  expect(await certispike(['convert', model, graph])).toMatchObject({ status: 0, stderr: '' });
  const { status, stdout } = await certispike(['convert', graph, back]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/0_conv \(Conv2d\) +layers\.0: conv2d/);
  const info = await certispike(['info', graph]);
  expect(info).toMatchObject({ status: 0 });
  expect(info.stdout).toContain('avgpool2d');
  expect(info.stderr).toContain('read by NIR by the convention nir');
});

test('the input may be told', async () => {
  const out = folder.at('shaped.safetensors');
  const words = ['--shape', '1x4x5', '--encoding', 'direct', '--steps', '7'];
  await certispike(['convert', trace('norse-graph.nir'), out, '--convention', 'norse', ...words]);
  const { stdout } = await certispike(['info', out]);
  expect(stdout).toContain('input: 1 x 4 x 5, direct, T = 7');
});

test('a foreign file is taken wherever a model is', async () => {
  const values = (count) => Float32Array.from({ length: count }, (_, index) => Math.sin(index));
  const bytes = await stateDict({
    'fc1.weight': { shape: [10, 144], values: values(1440) },
    'fc1.bias': { shape: [10], values: values(10) },
  });
  const [foreign, described, model] = ['net.pth', 'net.json', 'net.safetensors'].map(folder.at);
  writeFileSync(foreign, bytes);
  const input = { shape: [1, 12, 12], encoding: 'rate', steps: 4 };
  const neuron = { type: 'LIF', threshold: 1, leak: 0.5, reset: 'hard' };
  writeFileSync(
    described,
    JSON.stringify({ framework: 'pytorch', input, layers: [{ type: 'Linear', name: 'fc1' }, neuron] }),
  );
  expect(await certispike(['convert', foreign, model, '--layers', described])).toMatchObject({ status: 0 });
  const graph = folder.at('net.nir');
  expect(await certispike(['convert', model, graph])).toMatchObject({ status: 0 });
  const results = [];
  for (const file of [model, graph]) {
    const flags = ['--data', folder.at('data'), '--epsilon', '0.02', '--json', '--quiet', '--workers', '1'];
    const { status, stdout } = await certispike(['certify', '--model', file, ...flags]);
    expect(status).toBe(0);
    const { clean_error: clean, certified_error: certified } = JSON.parse(stdout);
    results.push({ clean, certified });
  }
  expect(results[1]).toEqual(results[0]);
});

describe('mistakes', () => {
  test.each([
    [
      'an unknown form',
      [trace('snntorch-fc.pth'), 'x.keras'],
      /out: expected a name that ends with \.safetensors or \.nir, got x\.keras/,
      'unknown-form',
    ],
    ['ONNX', [trace('snntorch-fc.pth'), 'x.onnx'], /ONNX is not written yet/, 'unknown-form'],
    [
      'a file that is not there',
      ['nothing.pth', 'x.nir'],
      /in: no such file or folder: nothing\.pth/,
      'file-not-found',
    ],
    [
      'a state dict without its layers',
      [trace('snntorch-fc.pth'), 'x.nir'],
      /expected the layers of a network that is known, got fc1\.weight \[24, 20\] float32.*describe its layers \(--layers\)/,
      'cannot-convert',
    ],
    [
      'a convention that is none',
      [trace('norse-graph.nir'), 'x.nir', '--convention', 'brian'],
      /Allowed choices are nir, snntorch/,
      'bad-flag',
    ],
    [
      'a shape that is none',
      [trace('norse-graph.nir'), 'x.nir', '--shape', '28'],
      /--shape: expected CxHxW/,
      'bad-value',
    ],
    [
      'a text file',
      [fileURLToPath(import.meta.url), 'x.nir'],
      /convert\.test\.mjs: expected a checkpoint of PyTorch, a safetensors file or a NIR graph, got a file that starts with "import /,
      'invalid-model-file',
    ],
  ])('%s', async (_, words, message, code) => {
    const { status, stdout, stderr } = await certispike(['convert', ...words], { cwd: folder.path });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\\n]* \\[${code}\\]\\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});
