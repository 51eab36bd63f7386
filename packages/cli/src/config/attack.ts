import { type AttackMethodName, attackMethods, type AttackStageSpec } from '@certispike/sdk';
import * as v from 'valibot';
import { CliError } from '../failure.js';
import { parameterOf } from './attack-methods.js';
import { dataFields, dataFlags } from './data.js';
import { atLeast, type Flag, oneOf, text, whole } from './field.js';
import { readRegion, region, regionHelp } from './region.js';
import { readList, readSurrogate, readValue } from './short-form.js';

const form = `standard, quick, or one of ${attackMethods.join(', ')} with parameters, as in pgd:step-size=0.1,restarts=5`;

const surrogate = v.strictObject(
  { kind: oneOf('rectangular', 'atan', 'fast-sigmoid', 'triangle'), width: v.optional(atLeast(0), 1) },
  'a surrogate',
);
const surrogates = v.pipe(v.array(surrogate, 'a list of surrogates'), v.nonEmpty('a list of surrogates'));
const draws = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('fixed') }),
    v.strictObject({ kind: v.literal('fresh'), samples: v.optional(whole(1), 8) }),
  ],
  'fixed or fresh:8',
);

const method = 'a method, as in { "kind": "pgd" }';

/** The parameters of a method are checked by the SDK, which knows them. */
const stage = v.strictObject(
  {
    name: v.optional(text('a name')),
    method: v.looseObject({ kind: oneOf(...attackMethods) }, method),
    iterations: v.optional(whole(1)),
    restarts: v.optional(whole(1)),
    surrogates: v.optional(surrogates),
    draws: v.optional(draws),
  },
  `a stage with ${method}`,
);

const ensemble = v.picklist(['standard', 'quick'], form);
const stages = v.pipe(v.array(stage), v.nonEmpty('at least one stage'));

/** Not a union, whose own complaint would hide what is wrong with one stage of a list. */
const attack = v.lazy((given) => (Array.isArray(given) ? stages : ensemble)) as v.GenericSchema<
  unknown,
  'standard' | 'quick' | AttackStageSpec[]
>;

const bound = oneOf('s-ibp', 's-crown');

const fields = {
  model: v.optional(text('a model file')),
  ...dataFields,
  split: v.optional(oneOf('test', 'validation', 'train'), 'test'),
  limit: v.optional(whole(1)),
  region: v.optional(region),
  epsilon: v.optional(atLeast(0)),
  clip: v.optional(v.boolean('true or false'), false),
  steps: v.optional(whole(1)),
  seed: v.optional(whole(0), 0),
  attack: v.optional(attack, 'standard'),
  iterations: v.optional(whole(1)),
  restarts: v.optional(whole(1)),
  surrogate: v.optional(surrogates),
  draws: v.optional(draws),
  attackSeed: v.optional(whole(0), 0),
  certified: v.optional(v.boolean('true or false'), false),
  probe: v.optional(whole(0), 500),
  bounds: v.optional(v.pipe(v.array(bound, 'a list of s-ibp, s-crown'), v.nonEmpty('a list of s-ibp, s-crown')), [
    's-ibp',
    's-crown',
  ]),
  relaxation: v.optional(oneOf('paper', 'joint'), 'paper'),
  coupling: v.optional(oneOf('coupled', 'per-step'), 'coupled'),
  batchSize: v.optional(whole(1), 32),
} satisfies v.ObjectEntries;

/** What to attack and how: the fields of a config file for `attack`. Unknown fields are refused. */
export const attackSchema = v.strictObject(fields, 'a JSON object');

/** A checked configuration of `attack`, defaults filled in. */
export type AttackConfig = v.InferOutput<typeof attackSchema>;

/** Every field of {@link attackSchema} as a flag; the name is the field's, in kebab case. */
export const attackFlags: Readonly<Record<keyof typeof fields, Flag>> = {
  model: { value: '<file>', help: 'the model to attack (.safetensors, .pth, .pt)', read: String },
  ...dataFlags,
  split: { value: '<split>', help: 'test, validation or train (default: test)' },
  limit: { value: '<count>', help: 'the first examples only' },
  region: { value: '<region>', help: regionHelp, read: readRegion },
  epsilon: { value: '<number>', help: 'short for --region linf:<number>, in pixel values of 0 to 1' },
  clip: { help: 'cut the region of --epsilon to pixel values of 0 to 1' },
  steps: { value: '<count>', help: "time steps T (default: the network's)" },
  seed: { value: '<number>', help: 'seed of the draws of rate-coded input (default: 0)' },
  attack: {
    value: '<attack>',
    help: 'standard, quick or METHOD[:param=value,...], several with a + between; methods and parameters are listed below (default: standard)',
    read: readAttack,
  },
  iterations: { value: '<count>', help: 'steps or tries of a run, instead of those of every stage' },
  restarts: { value: '<count>', help: 'runs, instead of those of every stage' },
  surrogate: {
    value: '<kind[:width],...>',
    help: 'what stands for the derivative of a spike, in turn over the restarts of fgsm, pgd and apgd, over the iterations of others (default: five narrow ones for pixels, three wider ones for spikes)',
    read: readSurrogates,
  },
  draws: {
    value: '<fixed|fresh:N>',
    help: 'draws the attacker works with: those that are judged, or means over N of its own (default: fixed)',
    read: readDraws,
  },
  attackSeed: { value: '<number>', help: "seed of the attacks' own choices (default: 0)" },
  certified: { help: 'certify first; attack what is correct and not certified, and a probe of the rest' },
  probe: { value: '<count>', help: 'certified examples that are attacked, too, with --certified (default: 500)' },
  bounds: {
    value: '<list>',
    help: 's-ibp, s-crown or both with a comma between, for --certified (default: both)',
    read: readList,
  },
  relaxation: { value: '<paper|joint>', help: 'relaxation of a neuron in S-CROWN (default: paper)' },
  coupling: { value: '<coupled|per-step>', help: 'whether a pixel is one value over all steps (default: coupled)' },
  batchSize: { value: '<count>', help: 'examples per batch (default: 32)' },
};

/**
 * `standard`, `quick`, or `METHOD[:param=value,...]`, several of them with a `+` between. What does not fit is returned as
 * it came, for the schema to refuse.
 * @throws CliError `bad-value` for a parameter that the method does not have, or that has no value
 */
export function readAttack(given: string): unknown {
  if (given === 'standard' || given === 'quick' || given.startsWith('[')) return readValue(given);
  const stages = given.split('+').map(readStage);
  return stages.every((one) => one !== undefined) ? stages : given;
}

function readStage(given: string): unknown {
  const [kind = '', ...rest] = given.trim().split(':');
  if (!attackMethods.includes(kind as AttackMethodName) || rest.length > 1) return undefined;
  const method: Record<string, unknown> = { kind };
  const stage: Record<string, unknown> = { method };
  for (const part of rest[0]?.split(',') ?? []) {
    const [word = '', value = ''] = part.split('=');
    const { field, isOfStage } = parameterOf(kind as AttackMethodName, word.trim());
    if (value === '') throw new CliError('bad-value', `--attack: ${kind}: expected ${word}=value, got "${part}"`);
    (isOfStage ? stage : method)[field] = field === 'name' ? value : readValue(value);
  }
  return stage;
}

/** `atan:1,rectangular`: kinds with or without a width. */
function readSurrogates(given: string): unknown {
  return given.startsWith('[') ? readValue(given) : given.split(',').map((one) => readSurrogate(one.trim()));
}

/** `fixed`, `fresh` or `fresh:samples`. */
function readDraws(given: string): unknown {
  const [kind, samples] = given.split(':');
  if (kind !== 'fixed' && kind !== 'fresh') return readValue(given);
  return samples === undefined ? { kind } : { kind, samples: Number(samples) };
}

/** What is said of every stage at once, as it would be given. */
export function describeOverrides({
  iterations,
  restarts,
  surrogate,
  draws,
}: Partial<Pick<AttackConfig, 'iterations' | 'restarts' | 'surrogate' | 'draws'>>): string {
  const widths = surrogate?.map(({ kind, width }) => `${kind}:${width}`).join(',');
  const drawn = draws?.kind === 'fresh' ? `fresh:${draws.samples}` : draws?.kind;
  const all = { iterations, restarts, surrogate: widths, draws: drawn };
  return Object.entries(all)
    .flatMap(([field, value]) => (value === undefined ? [] : [` --${field} ${value}`]))
    .join('');
}

/** An attack in the short form of the command line. */
export function describeAttack(given: AttackConfig['attack']): string {
  if (typeof given === 'string') return given;
  const words = given.map(({ method, ...rest }) => {
    const { kind, ...parameters } = typeof method === 'string' ? { kind: method } : method;
    const all = Object.entries({ ...parameters, ...rest }).filter(([, value]) => typeof value !== 'object');
    const parts = all.map(
      ([field, value]) => `${kebab(field)}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return parts.length === 0 ? kind : `${kind}:${parts.join(',')}`;
  });
  return words.join('+');
}

const kebab = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
