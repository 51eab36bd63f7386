import {
  type AttackMethodName,
  attackMethods,
  type AttackStage,
  attackStages,
  flips,
  linear,
  linf,
  network,
  rate,
  type Region,
  shift,
} from '@certispike/sdk';
import { CliError } from '../failure.js';

/** A network that all attacks fit. */
const anyNetwork = network({ input: rate([1, 1, 1]), layers: [linear(2)] });

/** What methods change, and a region of that kind. */
const grounds: readonly (readonly [title: string, region: Region])[] = [
  ['Pixels (linf)', linf(0.06)],
  ['Spikes (flips, sampled)', flips(1)],
  ['Spike times (shift)', shift(1)],
];

/** What the parameters of methods mean. */
const meanings: Readonly<Record<string, string>> = {
  'step-size': "the first step, in radii of the region; for pgd-flips a flip's probability",
  decay: 'what the step is multiplied by at every iteration',
  momentum: 'share of the last gradient (apgd: of the new step) that is kept',
  targets: 'untargeted, or each-rival: every other class in turn',
  loss: 'margin, cross-entropy, or both: in turn over the restarts',
  share: 'what is drawn anew at first: of the pixels, or of the budget',
  candidates: 'changes that are recounted exactly before the best is taken',
  gradient: 'true ranks changes by the gradient, false by chance',
  width: 'sets of changes that are kept at a time',
};

/** Parameters that belong to a stage and not to its method. */
const ofStage = ['iterations', 'restarts', 'name'] as const;

const kebab = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const camel = (word: string) => word.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The methods of a region with their usual values, as the SDK fills them in. */
function usualStages(region: Region): readonly AttackStage[] {
  return attackMethods.flatMap((method) => {
    try {
      return attackStages(anyNetwork, { region, attack: method });
    } catch {
      return []; // A method of another ground.
    }
  });
}

/** The method's own parameters and their usual values, in kebab case. */
function parametersOf({ method }: AttackStage): readonly (readonly [string, string])[] {
  return Object.entries(method).flatMap(([field, value]) =>
    field === 'kind' ? [] : [[kebab(field), String(value)] as const],
  );
}

/** Every method with its parameters and usual values, for the end of the help. */
export function methodsHelp(): string {
  const lines = grounds.flatMap(([title, region]) => [
    `  ${title}:`,
    ...usualStages(region).map((stage) => {
      const usual = [...parametersOf(stage), ['iterations', stage.iterations], ['restarts', stage.restarts]];
      return `    ${stage.method.kind}:${usual.map(([word, value]) => `${word}=${value}`).join(',')}`;
    }),
  ]);
  const words = Object.entries(meanings).map(([word, meaning]) => `    ${word.padEnd(12)}${meaning}`);
  const ofAll = `    ${'name'.padEnd(12)}of any method: what tables call it`;
  return [
    'Methods of --attack, with their parameters as they are unless given:',
    ...lines,
    '  What these mean:',
    ...words,
    ofAll,
  ].join('\n');
}

/**
 * The parameter of a method that a word of the command line means, and where it belongs.
 * @throws CliError `bad-value` naming the parameters that the method has
 */
export function parameterOf(
  kind: AttackMethodName,
  word: string,
): { readonly field: string; readonly isOfStage: boolean } {
  if ((ofStage as readonly string[]).includes(word)) return { field: word, isOfStage: true };
  const [stage] = grounds.flatMap(([, region]) => usualStages(region)).filter(({ method }) => method.kind === kind);
  const own = stage === undefined ? [] : parametersOf(stage).map(([name]) => name);
  if (own.includes(word)) return { field: camel(word), isOfStage: false };
  const known = [...own, ...ofStage].join(', ');
  throw new CliError('bad-value', `--attack: ${kind}: expected parameters among ${known}, got ${word}`);
}
