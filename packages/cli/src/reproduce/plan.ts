import type { Region } from '@certispike/sdk';
import * as v from 'valibot';
import { atLeast, check, text, whole } from '../config/field.js';
import { presetConfig } from '../config/recipe.js';
import { readRegion, region as regionSchema, resizedRegion, shortRegion, sizeOf } from '../config/region.js';
import { type TrainConfig, trainSchema } from '../config/train.js';
import { CliError } from '../failure.js';
import type { Purpose } from './record.js';

/** What is attacked of a result: correct examples without a certificate, and certified ones as a probe of soundness. */
export interface AttackPlan {
  readonly attack: string;
  readonly seed: number;
  /** The first examples only; null for all. */
  readonly limit: number | null;
  /** Certified examples that are attacked as well. */
  readonly probe: number;
}

/** One thing to find out about a network. */
export interface ResultPlan {
  readonly purpose: Purpose;
  readonly region: Region;
  /** Undefined for the network's. */
  readonly steps: number | undefined;
  readonly seed: number;
  /** The first test examples only; null for all. */
  readonly limit: number | null;
  readonly attack: AttackPlan | null;
  /** On how many examples open neurons are counted; 0 for none. */
  readonly open: number;
}

/** One network: how it is trained, and what is to be found out about it. */
export interface UnitPlan {
  readonly name: string;
  readonly title: string;
  readonly network: 'fc' | 'conv';
  readonly recipeName: string;
  readonly recipe: TrainConfig;
  /** The trainings that the weights come from which this one starts with, the first from fresh ones; none for fresh weights. */
  readonly starts: readonly TrainConfig[];
  readonly results: readonly ResultPlan[];
  /** On how many examples spikes and operations are counted. */
  readonly energy: number;
}

/** What a run does. */
export interface RunPlan {
  readonly title: string;
  readonly quick: boolean;
  readonly remarks: readonly string[];
  readonly units: readonly UnitPlan[];
}

const name = v.pipe(
  v.string('a name'),
  v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'a name in kebab case, such as fc-mnist-best'),
);
const list = <Item extends v.GenericSchema>(item: Item, expected: string) => v.array(item, expected);
const attack = v.strictObject(
  {
    attack: v.optional(text('standard, quick or the name of an attack'), 'standard'),
    seed: v.optional(whole(0), 0),
    limit: v.optional(v.nullable(whole(1)), null),
    probe: v.optional(whole(0), 500),
  },
  'an attack',
);

/** A training to start from, which may start from another. */
interface Start {
  readonly preset?: string | undefined;
  readonly config: Record<string, unknown>;
  readonly start?: Start | undefined;
}

/** A training to start from, as JSON holds it. */
export type StartInput = Omit<Partial<Start>, 'start'> & { readonly start?: StartInput | undefined };

/** What is found out about a network; given for a run and, winning over that, for a unit. */
const settings = {
  region: v.optional(v.pipe(v.string('a region such as linf:0.06'), v.transform(readRegion), regionSchema)),
  /** Sizes of the region besides its own, for a curve. */
  sizes: v.optional(list(atLeast(0), 'a list of sizes')),
  /** Time steps T of the table; the network's own unless given. */
  tableSteps: v.optional(v.nullable(whole(1))),
  /** Numbers of time steps besides the network's own. */
  steps: v.optional(list(whole(1), 'a list of time steps')),
  /** Of the draws: the first is that of the table, the curve and the time steps. */
  seeds: v.optional(v.pipe(list(whole(0), 'a list of seeds'), v.nonEmpty('a list of seeds'))),
  limit: v.optional(v.nullable(whole(1))),
  /** For the region's own size; null for none. */
  attack: v.optional(v.nullable(attack)),
  /** For the other sizes. */
  sweepAttack: v.optional(v.nullable(attack)),
  /** For the draws of the further seeds. */
  drawsAttack: v.optional(v.nullable(attack)),
  open: v.optional(whole(0)),
  energy: v.optional(whole(0)),
};

const fieldsOfRecipe = v.record(v.string(), v.unknown());
const recipe = {
  preset: v.optional(text('the name of a preset')),
  /** A whole recipe, or what replaces fields of the preset. */
  config: v.optional(fieldsOfRecipe, {}),
};

const startSchema: v.GenericSchema<StartInput, Start> = v.strictObject(
  { ...recipe, start: v.optional(v.lazy(() => startSchema)) },
  'a recipe',
);

const planSchema = v.strictObject(
  {
    title: text('a title'),
    quick: v.optional(v.boolean('true or false'), false),
    remarks: v.optional(list(v.string('a sentence'), 'a list of sentences'), []),
    ...settings,
    units: v.pipe(
      list(
        v.strictObject(
          {
            name,
            title: text('a title'),
            recipeName: text('the name of the recipe, such as paper or best'),
            ...recipe,
            start: v.optional(startSchema),
            ...settings,
          },
          'a unit',
        ),
        'a list of units',
      ),
      v.nonEmpty('at least one unit'),
    ),
  },
  'a JSON object',
);

/** A plan as JSON holds it. */
export type PlanInput = v.InferInput<typeof planSchema>;
export type UnitInput = PlanInput['units'][number];

type Settings = Partial<Pick<v.InferOutput<typeof planSchema>, keyof typeof settings>>;

const usual: Required<Omit<Settings, 'region'>> = {
  tableSteps: null,
  sizes: [],
  steps: [],
  seeds: [0],
  limit: null,
  attack: check(attack, {}),
  sweepAttack: null,
  drawsAttack: null,
  open: 500,
  energy: 1000,
};

/**
 * The plan that a JSON value describes.
 * @throws CliError `bad-value`, `unknown-field`, `unknown-preset`
 */
export function readPlan(value: unknown, path: (field: string) => string = (field) => field): RunPlan {
  const { units, title, quick, remarks, ...shared } = check(planSchema, value, path);
  const names = units.map((unit) => unit.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) {
    throw new CliError('bad-value', `${path('units')}: expected a name for every unit, got two of ${twice}`);
  }
  const ofUnit = (unit: (typeof units)[number]): UnitPlan => {
    const { name, title, recipeName, preset, config, start, ...own } = unit;
    const trained = recipeOf(preset, config);
    return {
      name,
      title,
      network: trained.network === 'conv' ? 'conv' : 'fc',
      recipeName,
      recipe: trained,
      starts: startsOf(start),
      ...measured(name, trained, { ...usual, ...defined(shared), ...defined(own) }),
    };
  };
  return { title, quick, remarks, units: units.map(ofUnit) };
}

function startsOf(start: Start | undefined): TrainConfig[] {
  return start === undefined ? [] : [...startsOf(start.start), recipeOf(start.preset, start.config)];
}

function recipeOf(preset: string | undefined, config: Readonly<Record<string, unknown>>): TrainConfig {
  return preset === undefined ? check(trainSchema, config) : presetConfig(preset, config);
}

/** What is to be found out about a unit: the table's row, then the curve, the time steps and the further draws. */
function measured(
  unit: string,
  recipe: TrainConfig,
  asked: Required<Omit<Settings, 'region'>> & Pick<Settings, 'region'>,
): Pick<UnitPlan, 'results' | 'energy'> {
  const { sizes, steps, seeds, limit, energy, open } = asked;
  const region = asked.region ?? recipe.region;
  if (region === undefined) {
    throw new CliError('missing-field', `region: expected one for ${unit}, such as linf:0.06, got nothing`);
  }
  const own = sizeOf(region);
  const [seed = 0, ...draws] = seeds;
  const result = (purpose: Purpose, changes: Partial<ResultPlan>): ResultPlan => ({
    ...{ purpose, region, steps: asked.tableSteps ?? undefined, seed, limit, attack: null, open: 0 },
    ...changes,
  });
  const isPart = asked.attack !== null && asked.attack.limit !== null && asked.attack.limit !== limit;
  const at = (size: number) => resizedRegion(region, size);
  // Outward from the table's size: what is fooled in a region is fooled in every larger one.
  const below = sizes.filter((size) => size < own).sort((a, b) => b - a);
  const above = sizes.filter((size) => size > own).sort((a, b) => a - b);
  return {
    results: [
      result('table', { attack: isPart ? null : asked.attack, open }),
      ...(isPart ? [result('attack', { limit: asked.attack?.limit ?? null, attack: asked.attack })] : []),
      ...[...below, ...above].map((size) =>
        result('epsilon', { region: at(size), attack: asked.sweepAttack, open: Math.min(open, 100) }),
      ),
      ...steps
        .filter((count) => count !== (asked.tableSteps ?? recipe.steps))
        .map((count) => result('steps', { steps: count })),
      ...draws.map((other) => result('draws', { seed: other, attack: asked.drawsAttack })),
    ],
    energy,
  };
}

function defined<Given extends object>(given: Given): { [Key in keyof Given]: Exclude<Given[Key], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Given]: Exclude<Given[Key], undefined> };
}

/** Names the files of a result. */
export function resultName({ purpose, region, seed }: ResultPlan, steps: number): string {
  const place = shortRegion(region).replaceAll(/[^a-z0-9.]+/g, '-');
  return `${place}-t${steps}-s${seed}${purpose === 'attack' ? '-attack' : ''}`;
}

/** The units whose names fit one of the patterns, in which `*` stands for anything. */
export function chosen(units: readonly UnitPlan[], patterns: readonly string[]): readonly UnitPlan[] {
  if (patterns.length === 0) return units;
  for (const pattern of patterns) {
    if (!units.some((unit) => fits(unit.name, pattern))) {
      const known = units.map((unit) => unit.name).join(', ');
      throw new CliError(
        'unknown-unit',
        `only: expected a pattern such as fc-mnist-*, one of ${known}, got ${pattern}`,
      );
    }
  }
  return units.filter((unit) => patterns.some((pattern) => fits(unit.name, pattern)));
}

function fits(unit: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`).test(unit);
}
