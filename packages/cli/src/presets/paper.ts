import type { Preset } from './preset.js';

/** The data of the paper's experiment, how it is fed, and what its robust networks are trained against. */
const inputs = {
  mnist: { title: 'MNIST, rate-coded', fed: { encoding: 'rate', steps: 10 }, region: { kind: 'linf', epsilon: 0.06 } },
  'fashion-mnist': {
    title: 'Fashion-MNIST, rate-coded',
    fed: { encoding: 'rate', steps: 10 },
    region: { kind: 'linf', epsilon: 0.06 },
  },
  // The published code frees a random share of all places of a recording: no worst case.
  nmnist: { title: 'N-MNIST, ten bins', fed: { bins: 10 }, region: { kind: 'sampled', fraction: 0.06 } },
} as const;

const networks = ['fc', 'conv'] as const;
const methods = ['natural', 's-ibp', 's-crown'] as const;

/** Epochs of the ramp, and after it. */
const ramp = 250;
const after = 50;

/**
 * The recipes of Liang et al. 2022 (arXiv 2205.01625) as published: 80 epochs of natural training, from which the robust
 * networks start (`--warm-start`) and go on for 300. Their names: `mnist-fc-paper-natural`, `mnist-fc-paper-s-ibp`, ...
 */
export const paperPresets: Readonly<Record<string, Preset>> = Object.fromEntries(
  Object.entries(inputs).flatMap(([data, input]) =>
    networks.flatMap((network) => methods.map((method) => preset(data, input, network, method))),
  ),
);

function preset(
  data: string,
  { title, fed, region }: (typeof inputs)[keyof typeof inputs],
  network: string,
  method: (typeof methods)[number],
): [name: string, preset: Preset] {
  const common = {
    data,
    network,
    ...fed,
    readout: 'rate',
    initialisation: 'default',
    method,
    batchSize: 128,
    optimizer: { kind: 'sgd', momentum: 0.9 },
    logitScale: 1,
    surrogate: { kind: 'rectangular', width: 1 },
  };
  const size = region.kind === 'linf' ? region.epsilon : region.fraction;
  const robust = {
    epochs: ramp + after,
    certifiedSteps: 3,
    region,
    epsilon: { kind: 'staircase', from: 0, to: size, start: 0, end: ramp / (ramp + after), epochs: ramp },
    kappa: 0.4,
    learningRate: 0.0005,
    gradientClip: 0.25,
  };
  const natural = { epochs: 80, learningRate: 0.01, gradientClip: 0 };
  const how = method === 'natural' ? 'natural training' : `${method.toUpperCase()} from a --warm-start`;
  const summary = `${title}, ${network.toUpperCase()}: the paper's recipe, ${how}`;
  return [
    `${data}-${network}-paper-${method}`,
    { summary, config: { ...common, ...(method === 'natural' ? natural : robust) } },
  ];
}
