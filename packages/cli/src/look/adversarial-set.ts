import { type AdversarialExample, loadAdversarial, type StoredAdversarial } from '@certispike/sdk';
import { columns } from '../columns.js';
import { describeRegion } from '../description.js';
import { drawExamples } from './adversarial.js';

/** What `info` says of a file of adversarial examples; the form of its `--json` output. */
export interface AdversarialRecord {
  readonly file: string;
  readonly kind: 'adversarial';
  /** What was perturbed. */
  readonly inputs: StoredAdversarial['kind'];
  readonly shape: readonly number[];
  readonly region: StoredAdversarial['region'];
  readonly steps: number;
  /** Of the draws. */
  readonly seed: number;
  readonly attack_seed: number;
  readonly examples: number;
  /** Marks the network that was attacked, whatever its file is called. */
  readonly fingerprint: string;
  /** From which class to which, and how often; the classes in their order. */
  readonly classes: readonly { readonly label: number; readonly prediction: number; readonly examples: number }[];
  /** The attacks that ran, and how many examples each of them found. */
  readonly stages: readonly { readonly name: string; readonly examples: number }[];
  /** Largest change of a pixel, or most places whose spikes differ, of any example; null where there is none. */
  readonly distance: number | null;
  /** What was noted beside them: of `certispike attack` the model, the data and the split. */
  readonly notes: StoredAdversarial['notes'];
}

/** Looks at a file of adversarial examples and draws the first of them where a picture is wanted. */
export async function lookAtAdversarial(file: string, picture: string | undefined) {
  const stored = await loadAdversarial(file);
  const record = recordOf(file, stored);
  const drawn = picture === undefined ? [] : await drawExamples(picture, stored, (index) => captionAt(stored, index));
  const legend = drawn.length === 0 ? [] : ['', `${picture}: a row for each of the first ${drawn.length}`, ...drawn];
  return { record, text: () => [describe(record), ...legend].join('\n') };
}

function recordOf(file: string, stored: StoredAdversarial): AdversarialRecord {
  const { kind, shape, region, steps, seed, attackSeed, fingerprint, adversarial, stages, notes } = stored;
  const pairs = new Map<string, { label: number; prediction: number; examples: number }>();
  for (const { label, prediction } of adversarial) {
    const pair = pairs.get(`${label} ${prediction}`) ?? { label, prediction, examples: 0 };
    pairs.set(`${label} ${prediction}`, { ...pair, examples: pair.examples + 1 });
  }
  const found = (place: number) => adversarial.filter(({ stage }) => stage === place).length;
  const distances = adversarial.map((example) => distanceOf(kind, example));
  return {
    ...{ file, kind: 'adversarial', inputs: kind, shape, region, steps, seed, attack_seed: attackSeed },
    ...{ examples: adversarial.length, fingerprint },
    classes: [...pairs.values()].sort((a, b) => a.label - b.label || a.prediction - b.prediction),
    stages: stages.map(({ name }, place) => ({ name, examples: found(place) })),
    distance: distances.length === 0 ? null : distances.reduce((most, distance) => Math.max(most, distance), 0),
    notes,
  };
}

/** Largest change of a pixel, or places whose spikes differ. */
function distanceOf(kind: StoredAdversarial['kind'], { clean, values }: AdversarialExample): number {
  return values.reduce((sum, value, place) => {
    const change = Math.abs(value - (clean[place] ?? 0));
    return kind === 'pixels' ? Math.max(sum, change) : sum + change;
  }, 0);
}

/** How much an example was changed, in words. */
export function amountOf(kind: StoredAdversarial['kind'], distance: number): string {
  return kind === 'pixels' ? distance.toFixed(4) : String(distance);
}

/** What is said of an example beside its picture. */
export interface Captioned {
  readonly sample: number;
  readonly label: number;
  readonly prediction: number;
  readonly distance: number;
  /** Name of the attack that found it. */
  readonly stage: string;
}

/** An example in a line. */
export function captionOf(
  kind: StoredAdversarial['kind'],
  { sample, label, prediction, distance, stage }: Captioned,
): string {
  const change = kind === 'pixels' ? `change ${amountOf(kind, distance)}` : `${distance} places`;
  return `example ${sample}: ${label} becomes ${prediction}, ${change}, ${stage}`;
}

function captionAt({ kind, stages, adversarial }: StoredAdversarial, index: number): string {
  const example = adversarial[index] as AdversarialExample;
  const stage = stages[example.stage]?.name ?? '-';
  return captionOf(kind, { ...example, distance: distanceOf(kind, example), stage });
}

function describe(record: AdversarialRecord): string {
  const { file, inputs, shape, region, steps, seed, attack_seed, examples, stages, fingerprint, notes } = record;
  const { model, data, split, ...others } = notes;
  const source = [data, split].filter((part) => typeof part === 'string').join(', ');
  const noted = Object.entries(others).filter(([, value]) => value !== null && value !== undefined);
  return [
    `${file}: ${examples} adversarial examples, ${inputs} [${shape.join(', ')}]`,
    `region: ${describeRegion(region)}; T = ${steps}, seed ${seed}, attack seed ${attack_seed}`,
    `model: ${typeof model === 'string' ? `${model}, ` : ''}fingerprint ${fingerprint}`,
    ...(source === '' ? [] : [`data: ${source}`]),
    ...(record.distance === null ? [] : [`${changes[inputs]}: ${amountOf(inputs, record.distance)}`]),
    `found by: ${stages.map(({ name, examples: found }) => `${name} ${found}`).join(', ')}`,
    ...noted.map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    ...(examples === 0 ? [] : ['', confusion(record)]),
  ].join('\n');
}

const changes = { pixels: 'largest change of a pixel', spikes: 'most places changed' } as const;

/** How many examples of each class became each other class. */
function confusion({ classes }: AdversarialRecord): string {
  const labels = [...new Set(classes.map(({ label }) => label))];
  const predictions = [...new Set(classes.map(({ prediction }) => prediction))].sort((a, b) => a - b);
  const count = (from: number, to: number) =>
    classes.find(({ label, prediction }) => label === from && prediction === to)?.examples ?? 0;
  return columns<number>(
    [
      { title: 'class becomes', align: 'right', cell: String },
      ...predictions.map((to) => ({
        title: String(to),
        align: 'right' as const,
        cell: (from: number) => (count(from, to) === 0 ? '-' : String(count(from, to))),
      })),
    ],
    labels,
  );
}
