import * as v from 'valibot';
import { CertispikeError } from '../error.js';
import { type Adversary, adversarySchema, type AdversarySpec } from './adversary.js';
import { type Averaging, averagingSchema, type AveragingSpec } from './averaging.js';
import { check, deepFrozen, fields, number, oneOf, whole } from './check.js';
import { mostSteps, stepsSchema } from './input.js';
import type { Network } from './network.js';
import { type Regularisers, regularisersSchema, type RegularisersSpec } from './regularisers.js';
import { checkRegion, linf, type Region, regionSchema, sizeOfRegion } from './region.js';
import { extremes, type Schedule, scheduled } from './schedule.js';

/**
 * What the robust part of the loss stands on.
 *
 * - `natural`: nothing, there is none.
 * - `s-ibp`: margins bounded by S-IBP. `s-crown`: by S-CROWN, one row per rival class (Liang et al. 2022).
 *   `s-crown-fused`: by S-CROWN with loss fusion, one row in all (a bound of the worst-case cross entropy itself).
 * - `adversarial`: an adversarial point of the region, nothing bounded (Madry et al. 2018).
 * - `sabr`: margins bounded by S-IBP over a small region around an adversarial point (Mueller et al. 2023).
 * - `mtl-ibp`: the losses of `adversarial` and `s-ibp`, mixed (De Palma et al. 2024).
 */
export type Method = 'natural' | 's-ibp' | 's-crown' | 's-crown-fused' | 'adversarial' | 'sabr' | 'mtl-ibp';

/** What stands for the derivative of a spike, at `x` = potential - threshold; the peak is 1. */
export interface Surrogate {
  /** rectangular: 1 where |x| < width / 2. atan: 1 / (1 + (pi x / width)^2). fast-sigmoid: 1 / (1 + |x| / width)^2.
   *  triangle: max(0, 1 - |x| / width). */
  readonly kind: 'rectangular' | 'atan' | 'fast-sigmoid' | 'triangle';
  /** In units of the membrane potential, above 0. */
  readonly width: number;
}

/** SGD with momentum (PyTorch's form), or Adam (Kingma and Ba 2015). */
export type Optimizer =
  | { readonly kind: 'sgd'; readonly momentum: number }
  | { readonly kind: 'adam'; readonly beta1: number; readonly beta2: number; readonly epsilon: number };

/** An optimiser with its defaults left out: momentum 0.9; beta1 0.9, beta2 0.999, epsilon 1e-8. */
export type OptimizerSpec =
  | 'sgd'
  | 'adam'
  | { readonly kind: 'sgd'; readonly momentum?: number }
  | { readonly kind: 'adam'; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number };

/**
 * What a training computes. The loss is `kappa CE(scale scores) + (1 - kappa) CE(-scale margins)`, the margins being
 * `beta S-CROWN + (1 - beta) S-IBP`; for s-crown-fused beta mixes the two losses. Of the methods that attack, the robust
 * part is `CE(scale scores at the adversarial point)` (adversarial), `CE(-scale margins around it)` (sabr), or
 * `(1 - share)` of the former and `share` of `CE(-scale margins)` (mtl-ibp). Every schedule may be a number.
 */
export interface TrainingSpec {
  readonly method: Method;
  /** Passes over the training set, from 1. */
  readonly epochs: number;
  /** Examples per step; 128 unless given. */
  readonly batchSize?: number;
  /** Slices a batch is cut into, a power of two up to 64; 4 unless given. Results depend on it, on the number of workers not. */
  readonly slices?: number;
  /** Of everything random: the order of the examples and the draws of a rate code. A whole number from 0; 0 unless given. */
  readonly seed?: number;
  /**
   * Time steps of the natural loss; the network's unless given. A schedule trains with fewer steps at first, which costs as
   * much less; its values are rounded. Validation takes those of the end.
   */
  readonly steps?: number | Schedule;
  /** Time steps of the bounds, the paper's T'; `steps` unless given. */
  readonly certifiedSteps?: number | Schedule;
  /** What margins are bounded over: a region whose size `epsilon` replaces; the L-infinity ball unless given. */
  readonly region?: Region;
  /**
   * Size of the region in its own unit: pixel values, flips, a fraction or spikes moved; whole numbers are rounded up. The
   * region's own size unless given. Region or epsilon is needed for every method but natural.
   */
  readonly epsilon?: number | Schedule;
  /** Share of the natural loss, 0 to 1; 0.4 unless given (the paper's), and 0 for the methods that attack. Natural training
   *  ignores it. */
  readonly kappa?: number | Schedule;
  /** Share of S-CROWN in the margins, 0 to 1; 1 unless given, and 0 for the methods without S-CROWN. */
  readonly beta?: number | Schedule;
  /** How adversarial points are found, by the methods that need them: over an L-infinity ball or flips; FGSM unless given. */
  readonly attack?: AdversarySpec;
  /**
   * 0 to 1. For sabr, the size of the small region as a share of the region's, 0.4 unless given: the adversarial point has
   * the rest to move. For mtl-ibp, the share of the bound in the robust part, 0.5 unless given.
   */
  readonly share?: number | Schedule;
  /** Penalties on intervals and membranes; none unless given. */
  readonly regularisers?: RegularisersSpec;
  /** The average of the weights that is kept in the place of the last ones; none unless given. */
  readonly averaging?: AveragingSpec | null;
  /** At least 0; 0.001 unless given. */
  readonly learningRate?: number | Schedule;
  /** Adam unless given. */
  readonly optimizer?: OptimizerSpec;
  /** Largest norm of the gradient, 0 for none; 1 unless given. */
  readonly gradientClip?: number;
  /** Factor on scores and margins before the softmax, above 0; 10 unless given (the paper's: 1). */
  readonly logitScale?: number;
  /** Rectangular of width 1 unless given (the paper's). */
  readonly surrogate?: Surrogate;
  /** How S-CROWN bounds a neuron: spike and kept potential each on its own (the paper's; the default), or jointly. */
  readonly relaxation?: 'paper' | 'joint';
  /** Whether a pixel is one value, and a budget one, over all steps (coupled; the default), or each step is on its own. */
  readonly coupling?: 'coupled' | 'per-step';
  /** Train on this many examples of each epoch's order; all unless given. */
  readonly limit?: number;
  /** Epochs between two validations, from 1; 1 unless given. The last epoch is always validated. */
  readonly validateEvery?: number;
  /** Seed of the draws during validation; 0 unless given. */
  readonly validationSeed?: number;
  /** The weights the model has at the end: the last, or those of the best validation (see FitResult). */
  readonly keep?: 'last' | 'best';
}

/** A complete {@link TrainingSpec}: what a checkpoint records and a resumed training has to repeat. */
export interface TrainingConfig {
  readonly method: Method;
  readonly epochs: number;
  readonly batchSize: number;
  readonly slices: number;
  readonly seed: number;
  readonly steps: number | Schedule;
  readonly certifiedSteps: number | Schedule;
  readonly region: Region;
  readonly epsilon: Schedule;
  readonly kappa: Schedule;
  readonly beta: Schedule;
  readonly attack: Adversary;
  readonly share: Schedule;
  readonly regularisers: Regularisers;
  readonly averaging: Averaging | null;
  readonly learningRate: Schedule;
  readonly optimizer: Optimizer;
  readonly gradientClip: number;
  readonly logitScale: number;
  readonly surrogate: Surrogate;
  readonly relaxation: 'paper' | 'joint';
  readonly coupling: 'coupled' | 'per-step';
  /** Null for all examples. */
  readonly limit: number | null;
  readonly validateEvery: number;
  readonly validationSeed: number;
  readonly keep: 'last' | 'best';
}

/** Seeds of the core are whole numbers that JavaScript holds exactly. */
export const seedSchema = whole(0);

export const relaxationSchema = v.optional(oneOf('paper', 'joint'), 'paper');
export const couplingSchema = v.optional(oneOf('coupled', 'per-step'), 'coupled');

/** What stands for the derivative of a spike; of width 1 unless given. */
export const surrogateSchema = fields({
  kind: oneOf('rectangular', 'atan', 'fast-sigmoid', 'triangle'),
  width: v.optional(number(1e-6, 1e6), 1),
});

const belowOne = number(0, 0.9999999);

const optimizerSchema = v.pipe(
  v.union([v.picklist(['sgd', 'adam']), v.looseObject({})], "'sgd', 'adam' or an object with a kind"),
  v.transform((given) => (typeof given === 'string' ? { kind: given } : given)),
  v.variant(
    'kind',
    [
      fields({ kind: v.literal('sgd'), momentum: v.optional(belowOne, 0.9) }),
      fields({
        kind: v.literal('adam'),
        beta1: v.optional(belowOne, 0.9),
        beta2: v.optional(belowOne, 0.999),
        epsilon: v.optional(number(1e-30, 1), 1e-8),
      }),
    ],
    "an optimiser of kind 'sgd' or 'adam'",
  ),
);

const scheduledSteps = scheduled(1, mostSteps);

/** Steps, or a schedule of them: what is no object is to be a whole number. */
const changingSteps = v.lazy((given): typeof stepsSchema | typeof scheduledSteps =>
  typeof given === 'object' && given !== null ? scheduledSteps : stepsSchema,
);

const powersOfTwo = [1, 2, 4, 8, 16, 32, 64];

const bySIbp = new Set<unknown>(['s-ibp', 'adversarial', 'sabr', 'mtl-ibp']);
const attacking = new Set<unknown>(['adversarial', 'sabr', 'mtl-ibp']);

const laterFields = (method: unknown) =>
  fields({
    attack: v.optional(adversarySchema, 'fgsm'),
    share: v.optional(scheduled(0, 1), method === 'sabr' ? 0.4 : 0.5),
    regularisers: v.optional(regularisersSchema, {}),
  });

const schema = (network: Network, method: unknown) =>
  fields({
    method: oneOf('natural', 's-ibp', 's-crown', 's-crown-fused', 'adversarial', 'sabr', 'mtl-ibp'),
    epochs: whole(1, 1e6),
    batchSize: v.optional(whole(1, 1e6), 128),
    slices: v.optional(
      v.custom<number>((value) => powersOfTwo.includes(value as number), `one of ${powersOfTwo.join(', ')}`),
      4,
    ),
    seed: v.optional(seedSchema, 0),
    steps: v.optional(changingSteps, network.input.steps),
    certifiedSteps: v.optional(changingSteps),
    region: v.optional(regionSchema),
    epsilon: v.optional(scheduled(0, 1e6)),
    kappa: v.optional(scheduled(0, 1), attacking.has(method) ? 0 : 0.4),
    beta: v.optional(scheduled(0, 1), bySIbp.has(method) ? 0 : 1),
    ...laterFields(method).entries,
    averaging: v.optional(averagingSchema, null),
    learningRate: v.optional(scheduled(0, 1e6), 1e-3),
    optimizer: v.optional(optimizerSchema, 'adam'),
    gradientClip: v.optional(number(0, 1e30), 1),
    logitScale: v.optional(number(1e-6, 1e6), 10),
    surrogate: v.optional(surrogateSchema, { kind: 'rectangular' }),
    relaxation: relaxationSchema,
    coupling: couplingSchema,
    limit: v.optional(v.nullable(whole(1)), null),
    validateEvery: v.optional(whole(1, 1e6), 1),
    validationSeed: v.optional(seedSchema, 0),
    keep: v.optional(oneOf('last', 'best'), 'last'),
  });

/** The region unless one is given; its size is the schedule's. */
export const ball = linf(0);

const fractionSchema = fields({ epsilon: scheduled(0, 1) });

/**
 * The complete, frozen configuration of a training of `network`.
 * @throws CertispikeError `invalid-value` or `invalid-description` naming the field
 */
export function trainingConfig(network: Network, spec: TrainingSpec): TrainingConfig {
  const { region, epsilon, certifiedSteps, ...rest } = check('options', schema(network, spec.method), spec);
  if (rest.method !== 'natural') {
    if (epsilon === undefined && region === undefined) {
      throw CertispikeError.expected('invalid-value', 'options.epsilon', 'a number or a schedule', undefined);
    }
    checkRegion('options.region', region ?? ball, network.input);
    if (region?.kind === 'sampled') check('options', fractionSchema, { epsilon: epsilon ?? region.fraction });
  }
  return deepFrozen({
    ...rest,
    region: region ?? ball,
    epsilon: epsilon ?? { kind: 'constant', value: sizeOfRegion(region ?? ball) },
    certifiedSteps: certifiedSteps ?? rest.steps,
  });
}

/** Time steps at most, over a training. */
export function mostStepsOf({ steps, certifiedSteps }: TrainingConfig): number {
  const most = (given: number | Schedule) =>
    typeof given === 'number' ? given : Math.max(...extremes(given).map(Math.round));
  return Math.max(most(steps), most(certifiedSteps));
}

/** The bounds that a training is validated by. */
export const boundsOf = (method: Method): readonly ('s-ibp' | 's-crown')[] =>
  bySIbp.has(method) ? ['s-ibp'] : method === 'natural' ? [] : ['s-ibp', 's-crown'];

/** What a training did before there was a choice: checkpoints of earlier versions do not say it. */
export function earlierChoices({ method }: Partial<TrainingConfig>): Partial<TrainingConfig> {
  const { attack, share, regularisers } = v.parse(laterFields(method), {});
  return { region: ball, averaging: null, attack, share, regularisers };
}
