import * as v from 'valibot';
import { dataFields, dataFlags } from './data.js';
import { atLeast, type Flag, fraction, oneOf, text, whole } from './field.js';
import { readRegion, region, regionHelp } from './region.js';
import { amount, changingSteps, share } from './schedule.js';
import {
  readAdversary,
  readAveraging,
  readOptimizer,
  readRegularisers,
  readSchedule,
  readSurrogate,
} from './short-form.js';

const surrogate = v.strictObject(
  { kind: oneOf('rectangular', 'atan', 'fast-sigmoid', 'triangle'), width: v.optional(atLeast(0), 1) },
  'a surrogate such as rectangular:1',
);

const momentum = v.optional(atLeast(0), 0.9);
const optimizer = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('sgd'), momentum }),
    v.strictObject({
      kind: v.literal('adam'),
      beta1: v.optional(atLeast(0), 0.9),
      beta2: v.optional(atLeast(0), 0.999),
      epsilon: v.optional(atLeast(0), 1e-8),
    }),
  ],
  'adam, sgd or an object such as {"kind":"sgd","momentum":0.9}',
);

const start = v.optional(fraction());
const averaging = v.nullable(
  v.variant(
    'kind',
    [
      v.strictObject({ kind: v.literal('ema'), decay: v.optional(fraction()), start }),
      v.strictObject({ kind: v.literal('mean'), start }),
    ],
    'ema, mean, none or an object such as {"kind":"ema","decay":0.999}',
  ),
);

const stepSize = v.optional(atLeast(0));
const randomStart = v.optional(v.boolean('true or false'));
const attack = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('fgsm'), stepSize, randomStart }),
    v.strictObject({ kind: v.literal('pgd'), iterations: v.optional(whole(1)), stepSize, randomStart }),
  ],
  'fgsm, pgd or an object such as {"kind":"pgd","iterations":3}',
);

const regularisers = v.strictObject(
  {
    growth: v.optional(amount),
    balance: v.optional(amount),
    stability: v.optional(amount),
    guard: v.optional(amount),
    tolerance: v.optional(fraction()),
    guardWidth: v.optional(atLeast(0)),
  },
  'weights such as growth=0.5,guard=linear:0.2:0:0.3:0.7',
);

/** What is left out gets the SDK's default, except where a default stands here. */
const fields = {
  ...dataFields,
  limit: v.optional(whole(1)),
  shifts: v.optional(whole(0)),
  mirrors: v.optional(v.boolean('true or false')),
  network: v.optional(
    v.union([text(''), v.record(v.string(), v.unknown())], 'fc, conv, a JSON file or a network description'),
    'fc',
  ),
  encoding: v.optional(oneOf('rate', 'direct', 'spikes')),
  steps: v.optional(whole(1)),
  readout: v.optional(oneOf('rate', 'membrane', 'linear')),
  initialisation: v.optional(oneOf('default', 'ibp')),
  warmStart: v.optional(text('a model file')),
  seed: v.optional(whole(0), 0),
  method: v.optional(
    oneOf('natural', 's-ibp', 's-crown', 's-crown-fused', 'adversarial', 'sabr', 'mtl-ibp'),
    'natural',
  ),
  epochs: v.optional(whole(1), 12),
  batchSize: v.optional(whole(1)),
  slices: v.optional(whole(1)),
  trainingSteps: v.optional(changingSteps),
  certifiedSteps: v.optional(changingSteps),
  region: v.optional(region),
  epsilon: v.optional(amount),
  kappa: v.optional(share),
  beta: v.optional(share),
  attack: v.optional(attack),
  share: v.optional(share),
  regularisers: v.optional(regularisers),
  averaging: v.optional(averaging),
  learningRate: v.optional(amount),
  optimizer: v.optional(optimizer),
  gradientClip: v.optional(atLeast(0)),
  logitScale: v.optional(atLeast(0)),
  surrogate: v.optional(surrogate),
  relaxation: v.optional(oneOf('paper', 'joint')),
  coupling: v.optional(oneOf('coupled', 'per-step')),
  keep: v.optional(oneOf('last', 'best')),
  validateEvery: v.optional(whole(1)),
} satisfies v.ObjectEntries;

/** A training configuration: the fields of a config file, and of a preset. Unknown fields are refused. */
export const trainSchema = v.strictObject(fields, 'a JSON object');

/** A checked training configuration, defaults filled in. */
export type TrainConfig = v.InferOutput<typeof trainSchema>;

const schedule = '<number|schedule>';

/** Every field of {@link trainSchema} as a flag; the name is the field's, in kebab case. */
export const trainFlags: Readonly<Record<keyof typeof fields, Flag>> = {
  ...dataFlags,
  limit: { value: '<count>', help: 'train on this many examples of each epoch' },
  shifts: { value: '<pixels>', help: 'move training examples by up to so many pixels (default: 0)' },
  mirrors: { help: 'mirror half of the training examples left and right' },
  network: { value: '<fc|conv|file>', help: "the paper's networks, or a JSON description (default: fc)" },
  encoding: {
    value: '<kind>',
    help: 'how an example is fed: rate, direct or spikes (default: rate, or as the data is)',
  },
  steps: { value: '<count>', help: "time steps T (default: 10, or the data's)" },
  readout: { value: '<kind>', help: 'rate, membrane or linear (default: rate)' },
  initialisation: { value: '<default|ibp>', help: 'how weights are drawn (default: default)' },
  warmStart: { value: '<model>', help: 'start from the weights of this model', read: String },
  seed: { value: '<number>', help: 'seed of everything random (default: 0)' },
  method: {
    value: '<method>',
    help: 'natural, s-ibp, s-crown, s-crown-fused, adversarial, sabr or mtl-ibp (default: natural)',
  },
  epochs: { value: '<count>', help: 'passes over the training set (default: 12)' },
  batchSize: { value: '<count>', help: 'examples per batch (default: 128)' },
  slices: { value: '<count>', help: 'slices a batch is cut into, a power of two (default: 4)' },
  trainingSteps: {
    value: '<count|schedule>',
    help: 'time steps of the natural loss while training; fewer at first cost less (default: T)',
    read: readSchedule,
  },
  certifiedSteps: {
    value: '<count|schedule>',
    help: "time steps T' bounded while training (default: as many as the natural loss)",
    read: readSchedule,
  },
  region: { value: '<region>', help: regionHelp, read: readRegion },
  epsilon: { value: schedule, help: "the region's size in its own unit (default: a ramp to it)", read: readSchedule },
  kappa: {
    value: schedule,
    help: 'share of the natural loss (default: 0.4; 0 for adversarial, sabr, mtl-ibp)',
    read: readSchedule,
  },
  beta: {
    value: schedule,
    help: 'share of S-CROWN in the margins (default: 1; 0 without S-CROWN)',
    read: readSchedule,
  },
  attack: {
    value: '<fgsm|pgd|json>',
    help: 'how adversarial, sabr and mtl-ibp attack; pgd:3:0.5 sets iterations and step size (default: fgsm)',
    read: readAdversary,
  },
  share: {
    value: schedule,
    help: "sabr: size of the small region as a share of epsilon; mtl-ibp: the bound's share (default: 0.4; 0.5)",
    read: readSchedule,
  },
  regularisers: {
    value: '<name=weight,...>',
    help: 'growth, balance, stability, guard: numbers or schedules (default: none)',
    read: readRegularisers,
  },
  averaging: {
    value: '<ema|mean|none|json>',
    help: 'keep an average of the weights; ema:0.999:0.5 sets decay and start (default: none)',
    read: readAveraging,
  },
  learningRate: { value: schedule, help: 'learning rate (default: 0.001)', read: readSchedule },
  optimizer: {
    value: '<adam|sgd|json>',
    help: 'optimiser; sgd:0.9 sets the momentum (default: adam)',
    read: readOptimizer,
  },
  gradientClip: { value: '<norm>', help: 'largest gradient norm, 0 for none (default: 1)' },
  logitScale: { value: '<number>', help: 'factor on the scores before the softmax (default: 10)' },
  surrogate: {
    value: '<kind[:width]>',
    help: 'rectangular, atan, fast-sigmoid or triangle (default: rectangular:1)',
    read: readSurrogate,
  },
  relaxation: { value: '<paper|joint>', help: 'relaxation of a neuron in S-CROWN (default: paper)' },
  coupling: { value: '<coupled|per-step>', help: 'whether a pixel is one value over all steps (default: coupled)' },
  keep: { value: '<last|best>', help: 'which model to keep; best is chosen on the validation set (default: last)' },
  validateEvery: { value: '<epochs>', help: 'epochs between two validations (default: 1)' },
};
