import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  arrays,
  certify,
  conv2d,
  createEngine,
  direct,
  evaluate,
  fit,
  linear,
  linf,
  network,
  saveModel,
} from '@certispike/sdk';
import { onnxruntimeWeb } from '../../scripts/bench/peers/onnxruntime-web.mjs';
import { Peer } from '../../scripts/bench/peers/peer.mjs';
import { interpreter } from '../../scripts/bench/peers/python.mjs';
import { pytorch } from '../../scripts/bench/peers/pytorch.mjs';
import { snntorch } from '../../scripts/bench/peers/snntorch.mjs';
import { spikingjelly } from '../../scripts/bench/peers/spikingjelly.mjs';
import { temporaryFolder } from './run-bench.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const directory = at('../../.bench');
const python = interpreter(join(directory, 'venv'));

// No test downloads PyTorch: these run where the benchmark has installed it.
const isInstalled = ['venv', 'node'].every((name) => existsSync(join(directory, name, '.made-from')));
if (!isInstalled)
  console.warn('NOT RUN: the comparison with PyTorch (`npm run bench -- --peers` installs it into .bench)');
const describeInstalled = isInstalled ? describe : describe.skip;

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Tensors as a safetensors file; returns its path. */
function packed(name, tensors) {
  const path = folder.at(`${name}.safetensors`);
  const typed = ([key, { shape, data }]) => [
    key,
    { shape, data: [...data], type: key === 'labels' ? 'int64' : 'float32' },
  ];
  const input = JSON.stringify(Object.fromEntries(Object.entries(tensors).map(typed)));
  execFileSync(python, [at('peers-tensors.py'), path], { input });
  return path;
}

function expectClose(theirs, ours, most = 1e-4) {
  expect(theirs).toHaveLength(ours.length);
  expect(Math.max(...theirs.map((value, index) => Math.abs(value - ours[index])))).toBeLessThan(most);
}

/** What a peer computes for a workload. */
async function checked(peer, workload) {
  await peer.prepare(workload);
  // A run leaves no trace in what is checked.
  expect((await peer.run(2)).map((time) => time > 0)).toEqual([true, true]);
  return peer.check();
}

describeInstalled('PyTorch computes', () => {
  let peer;
  beforeAll(async () => (peer = await Peer.open(pytorch, { directory, threads: 1 })), 120_000);
  afterAll(() => peer?.close());

  test('its rate of matrix products', () => {
    expect(peer.gemm).toBeGreaterThan(0.1);
    expect(peer.gemmAll).toBeGreaterThan(0.1);
    expect(peer.versions.torch).toMatch(/^\d+\.\d+/);
  });

  test('the coupled minimum over rate-coded pixels', () => {
    const source = at('../../scripts/bench/peers/python');
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const difference = execFileSync(python, [at('peers-least.py'), source], { encoding: 'utf8', env });
    expect(Number(difference)).toBeLessThan(1e-12);
  });

  describe.each(['fc_rate', 'fc_direct', 'conv_rate', 'conv_direct'])('the fixture %s', (name) => {
    const fixture = JSON.parse(readFileSync(at(`../fixtures/${name}.json`), 'utf8'));
    let shared;
    beforeAll(() => {
      const { layers, labels, input, batch, steps, epsilon } = fixture;
      const tensors = layers.flatMap(({ weight, bias }, n) => [
        [`layers.${n}.weight`, weight],
        [`layers.${n}.bias`, bias],
      ]);
      const pixels = input.image.data.length / batch;
      const shape = input.image.shape.length === 4 ? input.image.shape.slice(1) : [1, 1, pixels];
      const convolutions = layers.filter(({ kind }) => kind === 'conv').map(({ stride, padding }) => [stride, padding]);
      shared = {
        geometry: { shape, convolutions },
        input: input.draws ? 'rate' : 'direct',
        model: packed(`${name}-model`, Object.fromEntries(tensors)),
        batch: packed(name, {
          images: { shape: [batch, pixels], data: input.image.data },
          labels: { shape: [batch], data: labels },
          ...(input.draws && { draws: { shape: [steps, batch, pixels], data: input.draws.data } }),
        }),
        steps,
        epsilon,
        certifiedSteps: steps,
        coupling: 'per-step',
        scale: 1,
        learningRate: 0,
      };
    });

    const norm = (gradients) => Math.hypot(...gradients.flatMap(({ weight, bias }) => [...weight.data, ...bias.data]));

    test('natural step', async () => {
      const { scores, loss, gradientNorm } = await checked(peer, { ...shared, name: 'natural-step' });
      const { rates, ...expected } = fixture.spikes;
      expectClose(scores, rates.data);
      expect(loss).toBeCloseTo(expected.loss, 5);
      expect(gradientNorm).toBeCloseTo(norm(expected.gradients), 5);
    });

    test.each([
      ['s-ibp-step', 'ibp', 'sIbp'],
      ['s-crown-step', 'crown', 'sCrown'],
    ])('%s', async (step, section, field) => {
      const told = await checked(peer, { ...shared, name: step, kappa: 0, beta: 1 });
      const { margins, loss, gradients } = fixture[section];
      expectClose(told[field], margins.data);
      expect(told.loss).toBeCloseTo(loss, 5);
      expect(told.gradientNorm).toBeCloseTo(norm(gradients), 5);
    });
  });
});

/** Examples of the size of MNIST's, and small networks of the paper's two kinds. */
const steps = 4;
const examples = 12;
const images = Float32Array.from({ length: examples * 784 }, (_, index) =>
  Math.max(0, Math.sin(index * index) * 1.2 - 0.2),
);
const labels = Uint8Array.from({ length: examples }, (_, index) => index % 10);
const networks = {
  fc: [linear(40), linear(20), linear(10)],
  conv: [
    conv2d(4, { kernel: 3, stride: 2, padding: 1 }),
    conv2d(6, { kernel: 3, stride: 2, padding: 1 }),
    linear(24),
    linear(10),
  ],
};

describeInstalled.each(Object.keys(networks))('on direct input peers compute what we do: %s', (kind) => {
  const source = arrays({ shape: [1, 28, 28], classes: 10, images, labels });
  let engine;
  let model;
  let shared;
  beforeAll(async () => {
    engine = await createEngine({ workers: 1 });
    const input = direct([1, 28, 28], { steps });
    model = engine.createModel(network({ input, layers: networks[kind] }), { seed: 4 });
    await saveModel(model, folder.at(`${kind}.safetensors`));
    shared = {
      network: kind,
      input: 'direct',
      model: folder.at(`${kind}.safetensors`),
      batch: packed(`${kind}-batch`, {
        images: { shape: [examples, 784], data: images },
        labels: { shape: [examples], data: labels },
      }),
      steps,
      certifiedSteps: 2,
      epsilon: 0.02,
      kappa: 0.4,
      beta: 0.7,
      scale: 10,
      learningRate: 0,
    };
  });
  afterAll(() => engine?.dispose());

  test('PyTorch', async () => {
    const peer = await Peer.open(pytorch, { directory, threads: 1 });
    try {
      const region = linf(shared.epsilon);
      const { perExample } = await certify(engine, model, source, { region, rounding: 'nearest' });
      const evaluation = await checked(peer, { ...shared, name: 's-crown-eval' });
      expect(Math.max(...perExample.scores)).toBeGreaterThan(0);
      for (const field of ['scores', 'sIbp', 'sCrown']) expectClose(evaluation[field], perExample[field]);
      expectClose((await checked(peer, { ...shared, name: 's-ibp-eval' })).sIbp, perExample.sIbp);

      for (const method of ['natural', 's-ibp', 's-crown']) {
        const { certifiedSteps, epsilon, kappa, beta, scale: logitScale } = shared;
        const options = { method, epochs: 1, batchSize: examples, certifiedSteps, epsilon, kappa, beta, logitScale };
        // Of the kinds of training each takes its own options.
        if (method === 'natural')
          ['epsilon', 'kappa', 'beta', 'certifiedSteps'].forEach((name) => delete options[name]);
        if (method === 's-ibp') delete options.beta;
        const steps = fit(engine, model, source, { ...options, learningRate: 0 });
        const { value } = await steps.next();
        await steps.return();
        const told = await checked(peer, { ...shared, name: `${method}-step` });
        expect(told.loss).toBeCloseTo(value.loss, 4);
        expect(told.gradientNorm / value.gradientNorm).toBeCloseTo(1, 4);
      }
    } finally {
      await peer.close();
    }
  }, 180_000);

  test.each(
    [snntorch, spikingjelly, onnxruntimeWeb].filter(({ supports }) => supports({ name: 'inference', network: kind })),
  )(
    '$name',
    async (other) => {
      const peer = await Peer.open(other, { directory, threads: 1 });
      try {
        const { scores } = await evaluate(engine, model, source, {});
        expectClose((await checked(peer, { ...shared, name: 'inference' })).scores, scores);
      } finally {
        await peer.close();
      }
    },
    180_000,
  );
});
