import { avgPool2d, conv2d, createEngine, linear, network, rate, saveModel } from '@certispike/sdk';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let file;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 24, test: 30 });
  file = folder.at('model.safetensors');
  const engine = await createEngine({ workers: 1 });
  const layers = [avgPool2d({ kernel: 2 }), conv2d(4, { kernel: [3, 5], dilation: [2, 1] }), linear(10)];
  const model = engine.createModel(network({ input: rate([1, 12, 12], { steps: 12 }), layers }), { seed: 1 });
  await saveModel(model, file);
  await engine.dispose();
});
afterAll(() => folder.remove());

const info = (...args) => certispike(['info', file, ...args]);

describe('certispike info --data', () => {
  test('--json reports spikes per layer and step, operations and energy', async () => {
    const { status, stdout, stderr } = await info('--data', data, '--limit', '20', '--steps', '5', '--json', '--quiet');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { activity } = JSON.parse(stdout);
    expect(activity).toMatchObject({ data, split: 'test', examples: 20, steps: 5, seed: 0, readout: null });
    expect(activity.layers.map(({ index, neurons }) => [index, neurons])).toEqual([
      [1, 4 * 2 * 2],
      [2, 10],
    ]);
    for (const { spikes } of [activity.input, ...activity.layers]) expect(spikes).toHaveLength(5);
    const { accumulates, multiply_accumulates, dense, energy } = activity;
    // The pool before the convolution is none of its own connections.
    expect(dense).toBe(4 * 2 * 2 * 15 + 160);
    expect(activity.layers[0].synapses).toBe(4 * 4 * 2 * 2 * 15);
    expect(multiply_accumulates).toBe(0);
    expect(accumulates).toBeGreaterThan(0);
    expect(energy.picojoules).toBeCloseTo(0.9 * accumulates, 6);
    expect(energy.conventional_picojoules).toBeCloseTo(4.6 * dense, 6);
    expect(energy.figures).toMatch(/Horowitz/);
  });

  test('a table for people', async () => {
    const { status, stdout, stderr } = await info('--data', data, '--split', 'train', '--quiet');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toContain('avgpool2d 2 x 2, stride 2, padding 0');
    expect(stdout).toContain('1: conv2d 4, 3 x 5, stride 1, padding 0, dilation 2 x 1');
    expect(stdout).toMatch(/activity: means over \d+ examples of .* \(train\), T = 12/);
    expect(stdout).toMatch(/spikes per step +1-2 +3-4 +5-6 +7-8 +9-10 +11-12\n/);
    expect(stdout).toMatch(/energy of the synaptic operations: \d.* [pnµ]J per example/);
    expect(stdout).toMatch(/0\.9 pJ per AC, 4\.6 pJ per MAC \(Horowitz/);
  });

  test('without data nothing is counted', async () => {
    const { stdout } = await info('--json');
    expect(JSON.parse(stdout).activity).toBeNull();
  });

  test.each([
    [['--data', 'nowhere'], 'data: expected'],
    [['--data', 'mnist', '--limit', '0'], '--limit: expected a whole number from 1 up, got 0'],
    [['--data', 'mnist', '--split', 'all'], '--split: expected one of'],
  ])('%j is refused', async (args, message) => {
    const { status, stdout, stderr } = await info(...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });
});
