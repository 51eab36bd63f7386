import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@certispike/sdk';
import type { TrainConfig } from '../config/train.js';
import { type DataSet, openDataSet } from '../data-set.js';
import { fileError } from '../failure.js';
import { writeWhole } from '../output.js';
import { versions } from '../versions.js';
import costs from './costs.json' with { type: 'json' };
import { type Lengths, unitCost, type UnitCost } from './cost.js';
import { chosen, type RunPlan, type UnitPlan } from './plan.js';
import type { Places } from './places.js';
import { readRun, readUnit } from './reading.js';
import { type RunRecord, runVersion, type UnitRecord } from './record.js';
import { Stages } from './stages.js';
import { runUnit } from './unit.js';

/** A run to make, or to go on with. */
export interface Run {
  readonly plan: RunPlan;
  readonly folder: string;
  /** Patterns of the units to run; none for all. */
  readonly only: readonly string[];
  readonly places: Places;
  readonly engine: Engine;
  /** What this machine takes for what took the machine of the cost table a second. */
  readonly scale: number;
  /** The call without what chooses units. */
  readonly command: string;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  /** Called after every unit with its folder. */
  readonly onUnit?: (record: UnitRecord, folder: string, data: DataSet) => Promise<void>;
}

/** Runs the units one after the other; what an earlier run finished is kept. */
export async function runPlan(run: Run): Promise<{ record: RunRecord; units: readonly UnitRecord[] }> {
  const { plan, folder, only, engine, signal } = run;
  const wanted = chosen(plan.units, only);
  const record = await beginRun(run, wanted);
  const open = opener(run);
  const unitCosts = await estimates(plan, wanted, run, open);
  const stages = new Stages(
    wanted.flatMap((unit, index) => stageCosts(unit, unitCosts[index] as UnitCost)),
    run.quiet,
  );
  const units: UnitRecord[] = [];
  for (const unit of wanted) {
    const data = await open(unit.recipe);
    const relatives = plan.units.filter(({ name }) => name !== unit.name).map(({ name }) => modelOf(folder, name));
    const command = `${run.command} --only ${unit.name}`;
    const common = { plan: unit, folder, engine, data, quick: plan.quick, command, stages, signal, relatives };
    const done = await runUnit(common);
    await run.onUnit?.(done, join(folder, unit.name), data);
    units.push(done);
  }
  return { record, units };
}

const modelOf = (folder: string, name: string) => join(folder, name, 'model.safetensors');

/** The costs of the stages in the order in which a unit goes through them. */
function stageCosts({ results }: UnitPlan, cost: UnitCost): number[] {
  return [
    ...cost.starts,
    cost.training,
    ...results.flatMap(({ attack }, index) => {
      const { certifying = 0, attacking = 0 } = cost.results[index] ?? {};
      return attack === null ? [certifying] : [certifying, attacking];
    }),
  ];
}

/** Writes run.json: the units that are to be run and those that are there already. */
async function beginRun({ plan, folder, engine, command }: Run, wanted: readonly UnitPlan[]): Promise<RunRecord> {
  const there = await unitsIn(folder);
  const names = new Set([...wanted.map(({ name }) => name), ...there]);
  const planned = plan.units.map(({ name }) => name).filter((name) => names.has(name));
  const record: RunRecord = {
    format: 'certispike-run',
    version: runVersion,
    title: plan.title,
    quick: plan.quick,
    remarks: plan.remarks,
    units: [...planned, ...there.filter((name) => !planned.includes(name))],
    versions: versions(engine),
    command,
  };
  await writeWhole('folder', join(folder, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/**
 * Makes the folder of a run where there is none.
 * @throws CliError `not-a-folder`, `permission-denied` and the like; `damaged-run` for a run.json of another form
 */
export async function openRunFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError('folder', folder, error);
  }
  if ((await readdir(folder)).includes('run.json')) await readRun(folder);
}

/** Names of the units whose folders are there, copied from another machine perhaps. */
async function unitsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && (await readUnit(join(folder, entry.name))) !== undefined) names.push(entry.name);
  }
  return names.sort();
}

type Open = (recipe: TrainConfig) => Promise<DataSet>;

/** Opens every data set once. */
export function opener({ places, quiet, signal }: Pick<Run, 'places' | 'quiet' | 'signal'>): Open {
  const opened = new Map<string, Promise<DataSet>>();
  return (recipe) => {
    const { data, validation, bins, binWidth, frames, fold, reading, skipBad } = recipe;
    const config = { data: places[data] ?? data, validation, bins, binWidth, frames, fold, reading, skipBad };
    const key = JSON.stringify(config);
    const there = opened.get(key) ?? openDataSet(config, { signal, quiet });
    opened.set(key, there);
    return there;
  };
}

/** What the units cost. Data sets whose length is known by their name are not opened for it. */
export async function estimates(
  plan: RunPlan,
  units: readonly UnitPlan[],
  { places, scale }: Pick<Run, 'places' | 'scale'>,
  open: Open,
): Promise<UnitCost[]> {
  const known: Readonly<Record<string, Lengths>> = costs.lengths;
  const found: UnitCost[] = [];
  for (const unit of units) {
    const { data } = unit.recipe;
    const byName = places[data] === undefined ? known[data] : undefined;
    const lengths = byName ?? lengthsOf(await open(unit.recipe));
    found.push(unitCost(unit, lengths, scale));
  }
  return found;
}

function lengthsOf({ train, test }: DataSet): Lengths {
  return { train: train.length, test: test.length };
}
