import * as v from 'valibot';
import { CertispikeError } from '../error.js';
import { run, type Progress, type RunOptions } from './certification.js';
import { check, fields, number, oneOf, whole } from './check.js';
import type { Network } from './network.js';
import { checkRegion, type Region, regionSchema } from './region.js';
import { type Surrogate, surrogateSchema } from './training.js';

/** Whom the label is to lose to: whoever is nearest, or every rival in turn. */
export type Targets = 'untargeted' | 'each-rival';

/** What a gradient attack lowers: the label's margin, its logarithmic probability, or the two in turn over the restarts. */
export type AttackLoss = 'margin' | 'cross-entropy' | 'both';

/** An attack with its own parameters; see the guide docs/attacks.md for what each one does. */
export type AttackMethod =
  /** One step to the end of the ball along the sign of the gradient (Goodfellow et al. 2015). */
  | { readonly kind: 'fgsm'; readonly loss: AttackLoss }
  /** Signed gradient steps with projection (Madry et al. 2018) and momentum. */
  | {
      readonly kind: 'pgd';
      /** Share of the region's radius. */
      readonly stepSize: number;
      /** What the step is multiplied by at every iteration, 0 to 1. */
      readonly decay: number;
      /** Share of the last gradient that is kept, 0 to 1. */
      readonly momentum: number;
      readonly targets: Targets;
      readonly loss: AttackLoss;
    }
  /** Gradient steps that are halved where they no longer gain (Croce and Hein 2020). */
  | { readonly kind: 'apgd'; readonly momentum: number; readonly targets: Targets; readonly loss: AttackLoss }
  /** Random squares at an end of the ball, without gradients (Andriushchenko et al. 2020); `share` of the pixels in the first. */
  | { readonly kind: 'square'; readonly share: number }
  /**
   * Single pixels moved across their next draws or to an end of the ball: ranked by the gradient or at random, the
   * `candidates` first recounted, the best taken.
   */
  | { readonly kind: 'coordinate'; readonly candidates: number; readonly gradient: boolean }
  /** Spikes flipped by their gain, the `candidates` best recounted exactly after each. */
  | { readonly kind: 'greedy-flips'; readonly candidates: number }
  /** The same with the `width` best sets of flips at a time. */
  | { readonly kind: 'beam-flips'; readonly width: number; readonly candidates: number }
  /** Gradient steps on the probability of every flip, projected to the budget. */
  | { readonly kind: 'pgd-flips'; readonly stepSize: number; readonly momentum: number }
  /** Random search over sets of flips, without gradients; `share` of the budget is drawn anew at first. */
  | { readonly kind: 'random-flips'; readonly share: number }
  /** One flip after the other, at random, without gradients. */
  | { readonly kind: 'coordinate-flips' }
  /** Spikes moved in time by their gain, the `candidates` best recounted exactly after each. */
  | { readonly kind: 'greedy-shifts'; readonly candidates: number }
  /** The same with the `width` best sets of moves at a time. */
  | { readonly kind: 'beam-shifts'; readonly width: number; readonly candidates: number }
  /** Random search over sets of moves, without gradients. */
  | { readonly kind: 'random-shifts'; readonly share: number }
  /** One move after the other, at random, without gradients. */
  | { readonly kind: 'coordinate-shifts' };

/** The name of an attack. */
export type AttackMethodName = AttackMethod['kind'];

/** Whose draws of a rate code the attacker works with. Success is always judged on those of (seed, presentation). */
export type Draws =
  /** The draws that are judged: the strongest attacker, and the certificate's. */
  | { readonly kind: 'fixed' }
  /** Draws of the attacker's own, `samples` at a time: the expectation over them (EoT, Athalye et al. 2018). */
  | { readonly kind: 'fresh'; readonly samples: number };

/** One attack of a list of them, complete. */
export interface AttackStage {
  /** What tables call it. */
  readonly name: string;
  readonly method: AttackMethod;
  /** Steps of the method, rounds or tries of a search, per run. */
  readonly iterations: number;
  /** Runs, the first of them from the example as it is. */
  readonly restarts: number;
  /** What stands for the derivative of a spike, in turn over the restarts: one alone overstates robustness. */
  readonly surrogates: readonly Surrogate[];
  readonly draws: Draws;
}

/** A method, its parameters left out where the usual ones will do. */
export type AttackMethodSpec =
  | AttackMethodName
  | {
      [Kind in AttackMethodName]: { readonly kind: Kind } & Partial<
        Omit<Extract<AttackMethod, { readonly kind: Kind }>, 'kind'>
      >;
    }[AttackMethodName];

/** A stage, left out what the method's usual values will do for. */
export interface AttackStageSpec {
  /** The method's kind unless given. */
  readonly name?: string;
  readonly method: AttackMethodSpec;
  readonly iterations?: number;
  readonly restarts?: number;
  readonly surrogates?: readonly Surrogate[];
  readonly draws?: Draws;
}

/** How far an attack has come: examples done, and to do in all, in the present stage. */
export interface AttackProgress extends Progress {
  /** Name of the stage; `clean` while clean inputs are predicted. */
  readonly stage: string;
  /** Place of the stage, from 0; -1 for `clean`. */
  readonly index: number;
  readonly stages: number;
  /** Examples fooled so far. */
  readonly fooled: number;
}

/** What to attack, and how. */
export interface AttackOptions extends Omit<RunOptions, 'onProgress'> {
  readonly region: Region;
  /** An ensemble by name, one method, or stages that run one after the other; `standard` unless given. */
  readonly attack?: 'standard' | 'quick' | AttackMethodName | readonly AttackStageSpec[];
  /** Of the attacks' own random choices; a whole number from 0 to 2^32; 0 unless given. */
  readonly attackSeed?: number;
  /** Instead of those of every stage. */
  readonly iterations?: number;
  /** Instead of those of every stage. */
  readonly restarts?: number;
  /** Instead of those of every stage. */
  readonly surrogates?: readonly Surrogate[];
  /** Instead of those of every stage. */
  readonly draws?: Draws;
  /** Per example of the source 1 where it is to be attacked, else 0; all that are correct unless given. */
  readonly only?: Uint8Array;
  /** Adversarial examples kept, the first in the order of the source; all unless given. */
  readonly keep?: number;
  readonly onProgress?: (progress: AttackProgress) => void;
}

/** Which inputs a method changes: pixels within a ball, spikes that flip, or spikes that move. */
type Ground = 'pixels' | 'flips' | 'moves';

/** What is known of a method besides its parameters. */
interface MethodFacts {
  readonly ground: Ground;
  readonly iterations: number;
  readonly restarts: number;
  readonly usesGradients: boolean;
}

const facts = (ground: Ground, usesGradients: boolean, iterations: number, restarts: number): MethodFacts => ({
  ground,
  iterations,
  restarts,
  usesGradients,
});

/** Of every method: what it changes, whether it follows gradients, and its usual iterations and restarts. */
export const methodFacts: Readonly<Record<AttackMethodName, MethodFacts>> = {
  fgsm: facts('pixels', true, 1, 3),
  pgd: facts('pixels', true, 20, 3),
  apgd: facts('pixels', true, 40, 3),
  square: facts('pixels', false, 300, 1),
  coordinate: facts('pixels', true, 24, 1),
  'greedy-flips': facts('flips', true, 24, 3),
  'beam-flips': facts('flips', true, 24, 1),
  'pgd-flips': facts('flips', true, 30, 3),
  'random-flips': facts('flips', false, 1000, 2),
  'coordinate-flips': facts('flips', false, 500, 1),
  'greedy-shifts': facts('moves', true, 24, 3),
  'beam-shifts': facts('moves', true, 24, 1),
  'random-shifts': facts('moves', false, 1000, 2),
  'coordinate-shifts': facts('moves', false, 500, 1),
};

/** Whether a method follows gradients, which may be zero everywhere. */
export function usesGradients(method: AttackMethod): boolean {
  return method.kind === 'coordinate' ? method.gradient : methodFacts[method.kind].usesGradients;
}

/** Names of the methods, in the order of the table above. */
export const methodNames = Object.keys(methodFacts) as readonly AttackMethodName[];

/** The inputs that a region's attacks change. */
export function groundOf({ kind }: Region): Ground {
  if (kind === 'linf') return 'pixels';
  return kind === 'shift' ? 'moves' : 'flips';
}

const share = (otherwise: number) => v.optional(number(0.001, 1), otherwise);
const momentum = (otherwise: number) => v.optional(number(0, 1), otherwise);
const stepSize = (otherwise: number) => v.optional(number(0.001, 10), otherwise);
const width = v.optional(whole(1, 256), 4);
const candidates = (otherwise: number) => v.optional(whole(1, 4096), otherwise);
const targets = v.optional(oneOf('untargeted', 'each-rival'), 'untargeted');
const loss = v.optional(oneOf('margin', 'cross-entropy', 'both'), 'cross-entropy');

const methodSchema = v.pipe(
  v.union(
    [v.picklist(methodNames), v.looseObject({})],
    `one of ${methodNames.join(', ')}, or an object with that as its kind`,
  ),
  v.transform((given) => (typeof given === 'string' ? { kind: given } : given)),
  v.variant(
    'kind',
    [
      fields({ kind: v.literal('fgsm'), loss }),
      fields({
        kind: v.literal('pgd'),
        stepSize: stepSize(2),
        decay: v.optional(number(0, 1), 0.9),
        momentum: momentum(0.75),
        targets,
        loss,
      }),
      fields({ kind: v.literal('apgd'), momentum: momentum(0.75), targets, loss }),
      fields({ kind: v.literal('square'), share: share(0.3) }),
      fields({
        kind: v.literal('coordinate'),
        candidates: candidates(16),
        gradient: v.optional(v.boolean('true or false'), true),
      }),
      fields({ kind: v.literal('greedy-flips'), candidates: candidates(32) }),
      fields({ kind: v.literal('beam-flips'), width, candidates: candidates(16) }),
      fields({ kind: v.literal('pgd-flips'), stepSize: stepSize(0.25), momentum: momentum(0.5) }),
      fields({ kind: v.literal('random-flips'), share: share(0.5) }),
      fields({ kind: v.literal('coordinate-flips') }),
      fields({ kind: v.literal('greedy-shifts'), candidates: candidates(32) }),
      fields({ kind: v.literal('beam-shifts'), width, candidates: candidates(16) }),
      fields({ kind: v.literal('random-shifts'), share: share(0.5) }),
      fields({ kind: v.literal('coordinate-shifts') }),
    ],
    `a method of kind ${methodNames.join(', ')}`,
  ),
);

const iterations = whole(1, 1e5);
const restarts = whole(1, 1e4);
const surrogates = v.pipe(
  v.array(surrogateSchema, 'a list of surrogates'),
  v.check((list) => list.length > 0 && list.length <= 32, '1 to 32 surrogates'),
);
const draws = v.variant(
  'kind',
  [fields({ kind: v.literal('fixed') }), fields({ kind: v.literal('fresh'), samples: v.optional(whole(1, 1024), 8) })],
  "draws of kind 'fixed' or 'fresh'",
);

const stageSchema = fields({
  name: v.optional(v.pipe(v.string('a name'), v.nonEmpty('a name'))),
  method: methodSchema,
  iterations: v.optional(iterations),
  restarts: v.optional(restarts),
  surrogates: v.optional(surrogates),
  draws: v.optional(draws),
});

const namedSchema = oneOf('standard', 'quick', ...methodNames);

const optionsSchema = (network: Network) => {
  return fields({
    ...run(network),
    batchSize: v.optional(whole(1, 1e6), 32),
    region: regionSchema,
    attack: v.optional(v.unknown()),
    attackSeed: v.optional(whole(0, 2 ** 32), 0),
    iterations: v.optional(iterations),
    restarts: v.optional(restarts),
    surrogates: v.optional(surrogates),
    draws: v.optional(draws),
    only: v.optional(v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'a Uint8Array, 1 per example')),
    keep: v.optional(whole(0), Number.MAX_SAFE_INTEGER),
    onProgress: v.optional(
      v.custom<(progress: AttackProgress) => void>((value) => typeof value === 'function', 'a function'),
    ),
  });
};

/**
 * The usual surrogates, which restarts take in turn: measured on networks trained naturally, where narrow ones are the
 * strongest against pixels, and wider ones against spikes.
 */
export const usualSurrogates: Readonly<Record<Ground, readonly Surrogate[]>> = {
  pixels: [
    { kind: 'atan', width: 0.15 },
    { kind: 'atan', width: 0.25 },
    { kind: 'fast-sigmoid', width: 0.05 },
    { kind: 'atan', width: 0.5 },
    { kind: 'rectangular', width: 0.5 },
  ],
  flips: [
    { kind: 'rectangular', width: 1 },
    { kind: 'fast-sigmoid', width: 0.25 },
    { kind: 'atan', width: 2 },
  ],
  moves: [
    { kind: 'rectangular', width: 1 },
    { kind: 'fast-sigmoid', width: 0.25 },
    { kind: 'atan', width: 2 },
  ],
};

/**
 * Options of `attack`, complete but for the stages of an ensemble.
 * @throws CertispikeError `invalid-value` or `invalid-description` naming the field
 */
export function attackConfig(network: Network, options: AttackOptions) {
  const { attack = 'standard', ...config } = check('options', optionsSchema(network), options);
  checkRegion('options.region', config.region, network.input);
  checkDraws('options.draws', config.draws, network);
  return { ...config, attack: checkedAttack(attack) };
}

/** Complete options of {@link attackConfig}. */
export type AttackConfig = ReturnType<typeof attackConfig>;

/** A union's own complaint would hide what is wrong with one stage of a list. */
function checkedAttack(attack: unknown): 'standard' | 'quick' | AttackMethodName | AttackStageSpec[] {
  if (typeof attack === 'string') return check('options.attack', namedSchema, attack);
  const stages = check('options.attack', v.array(v.unknown(), 'the name of an attack or a list of stages'), attack);
  if (stages.length === 0) throw CertispikeError.expected('invalid-value', 'options.attack', 'at least one stage', []);
  return stages.map((stage, index) => check(`options.attack[${index}]`, stageSchema, stage));
}

/**
 * A stage with the usual values of its method filled in.
 * @throws CertispikeError `invalid-value` naming the field when the method does not fit the region or the encoding
 */
export function completeStage(
  field: string,
  spec: AttackStageSpec,
  { region, network }: { readonly region: Region; readonly network: Network },
): AttackStage {
  const { name, method, iterations, restarts, surrogates, draws } = check(field, stageSchema, spec);
  const facts = methodFacts[method.kind];
  if (facts.ground !== groundOf(region)) {
    const fitting = methodNames.filter((candidate) => methodFacts[candidate].ground === groundOf(region));
    const expected = `${fitting.join(', ')}, as the region is ${region.kind}`;
    throw new CertispikeError('invalid-value', `${field}: expected ${expected}, got ${method.kind}`);
  }
  checkDraws(`${field}.draws`, draws, network);
  if (draws?.kind === 'fresh' && !followsDraws(method)) {
    const expected = `fixed, as fresh draws are for ${drawing.join(', ')}`;
    throw new CertispikeError('invalid-value', `${field}.draws: expected ${expected}, got fresh for ${method.kind}`);
  }
  return {
    name: name ?? method.kind,
    method,
    iterations: iterations ?? facts.iterations,
    restarts: restarts ?? facts.restarts,
    surrogates: surrogates ?? usualSurrogates[facts.ground],
    draws: draws ?? { kind: 'fixed' },
  };
}

const drawing: readonly AttackMethodName[] = ['fgsm', 'pgd', 'apgd'];

/** Whether a method can take the mean of gradients over draws of its own. */
export function followsDraws(method: AttackMethodSpec): boolean {
  return drawing.includes(typeof method === 'string' ? method : method.kind);
}

/** Only a rate code draws. */
function checkDraws(field: string, draws: Draws | undefined, { input }: Network): void {
  if (draws?.kind !== 'fresh' || input.encoding === 'rate') return;
  const message = `${field}: expected fixed, as the network's input is not rate-coded (${input.encoding}), got fresh`;
  throw new CertispikeError('invalid-value', message);
}
