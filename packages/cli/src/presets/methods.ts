import type { Preset } from './preset.js';

/** A schedule over the first half of a training, in which the region grows. */
const ramp = (from: number, to: number) => ({ kind: 'linear', from, to, start: 0.05, end: 0.55 }) as const;

/** What all share: FC, rate-coded MNIST, trained at T = 3 and read at T = 10, which costs a third. */
const common = {
  data: 'mnist',
  network: 'fc',
  encoding: 'rate',
  steps: 10,
  trainingSteps: 3,
  certifiedSteps: 3,
  readout: 'membrane',
  initialisation: 'ibp',
  epochs: 9,
  batchSize: 128,
  region: { kind: 'linf', epsilon: 0.06 },
  epsilon: ramp(0, 0.06),
  learningRate: { kind: 'linear', from: 0.001, to: 0, start: 0.55, end: 1 },
  optimizer: { kind: 'adam' },
  gradientClip: 1,
  logitScale: 10,
  surrogate: { kind: 'rectangular', width: 1 },
  averaging: { kind: 'ema' },
  validateEvery: 100,
};

const kappa = ramp(1, 0.4);

/** Weights that are gone when the region has grown. */
const fading = { kind: 'linear', from: 0.5, to: 0, start: 0.3, end: 0.6 } as const;

interface Variant {
  readonly how: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What each is about; `docs/results.md` says what became of it. */
const variants: Readonly<Record<string, Variant>> = {
  adversarial: {
    how: 'adversarial training with PGD, nothing proved',
    config: { method: 'adversarial', attack: { kind: 'pgd', iterations: 3, stepSize: 0.5 } },
  },
  sabr: {
    how: 'SABR, S-IBP over 0.7 of the radius around adversarial points',
    config: {
      method: 'sabr',
      attack: { kind: 'fgsm' },
      share: 0.7,
      kappa: ramp(1, 0.2),
    },
  },
  'mtl-ibp': {
    how: 'MTL-IBP, the losses of adversarial training and S-IBP mixed',
    config: {
      method: 'mtl-ibp',
      attack: { kind: 'fgsm' },
      share: ramp(0, 0.7),
    },
  },
  's-crown': {
    how: 'S-CROWN, one row per rival class, S-IBP in the end',
    config: { method: 's-crown', kappa, beta: ramp(1, 0) },
  },
  's-crown-fused': {
    how: 'S-CROWN with loss fusion, S-IBP in the end',
    config: { method: 's-crown-fused', kappa, beta: ramp(1, 0) },
  },
  regularised: {
    how: 'S-IBP with penalties on the growth of intervals and the imbalance of layers while the region grows',
    config: {
      method: 's-ibp',
      kappa,
      regularisers: { growth: fading, balance: fading },
    },
  },
  averaged: {
    how: 'S-IBP, the running average of the weights of thirty epochs',
    config: { method: 's-ibp', epochs: 30, kappa },
  },
};

/** One preset for every method of training besides natural and S-IBP, alike in all else: `mnist-fc-rate-sabr`, ... */
export const methodPresets: Readonly<Record<string, Preset>> = Object.fromEntries(
  Object.entries(variants).map(([name, { how, config }]) => [
    `mnist-fc-rate-${name}`,
    { summary: `FC, rate-coded, trained at T = 3, mean-membrane readout: ${how}`, config: { ...common, ...config } },
  ]),
);
