import { copyFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { activity, type Engine, loadModel, type Model, saveModel } from '@certispike/sdk';
import { recordOf } from '../activity.js';
import { percent } from '../columns.js';
import type { DataSet } from '../data-set.js';
import { describeRegion } from '../description.js';
import { createModel } from '../model.js';
import { duration } from '../progress/duration.js';
import { keepExhibits } from '../report/examples/exhibits.js';
import { outcome, runTraining } from '../training.js';
import { versions } from '../versions.js';
import { attackResult, type Neighbours } from './attacked.js';
import { type Certified, certifyResult, firstExamples } from './certified.js';
import { History } from './history.js';
import { recordingsPlace } from './places.js';
import { type ResultPlan, resultName, type UnitPlan } from './plan.js';
import { readPerExample } from './reading.js';
import {
  type PerExampleRecord,
  type ResultRecord,
  runVersion,
  type TrainingOutcome,
  type UnitRecord,
} from './record.js';
import type { Stages } from './stages.js';
import { type Origin, trainedBy, UnitFolder } from './unit-folder.js';

/** Optimiser steps between two checkpoints. */
const everySteps = 100;

/** What a unit needs to run. */
export interface UnitRun {
  readonly plan: UnitPlan;
  /** The folder of the run. */
  readonly folder: string;
  readonly engine: Engine;
  readonly data: DataSet;
  readonly quick: boolean;
  /** The call that makes this unit alone. */
  readonly command: string;
  readonly stages: Stages;
  readonly signal: AbortSignal;
  /** Files of models that other units have trained and that this one may start with. */
  readonly relatives: readonly string[];
}

/**
 * Trains a network and finds out what the plan asks for; what an earlier run finished is kept. The unit's record is written
 * after every result, so that little is lost when it is interrupted.
 * @throws UnsoundBound when a certified example is led astray
 */
export async function runUnit(run: UnitRun): Promise<UnitRecord> {
  const { plan, engine } = run;
  const folder = await UnitFolder.open(run.folder, plan.name);
  const earlier = await folder.record();
  const trained = await trainedBy(plan, folder.model);
  const now = versions(engine);
  // Certificates of other programs, or of other weights, are not kept.
  const isKept = trained !== undefined && JSON.stringify(earlier?.versions) === JSON.stringify(now);
  const results = new Map(isKept ? earlier?.results.map((result) => [result.name, result]) : []);
  await train(run, folder, trained !== undefined);

  using model = await loadModel(engine, folder.model);
  const before: UnitRecord = {
    ...described(run, model, trained ?? (await trainedBy(plan, folder.model)) ?? null),
    energy: isKept ? (earlier?.energy ?? null) : null,
    versions: now,
    results: [],
  };
  const counted = before.energy ?? (plan.energy === 0 ? null : await energyOf(run, model));
  const keep = async (complete: boolean): Promise<UnitRecord> => {
    const names = plan.results.map((result) => resultName(result, stepsOf(result, model)));
    const there = names.flatMap((name) => results.get(name) ?? []);
    const record = { ...before, energy: counted, results: there, complete };
    await folder.keep(record);
    return record;
  };
  await keep(false);
  const measuring: Measuring = { ...run, unit: folder, model, results };
  for (const result of plan.results) {
    await measure(measuring, result, (found) => {
      results.set(found.name, found);
      return keep(false);
    });
  }
  for (const place of plan.starts.keys()) await rm(folder.start(place), { force: true });
  const record = await keep(true);
  const { signal } = run;
  await keepExhibits({ engine, model, source: run.data.test, folder: folder.path, unit: record, signal });
  return record;
}

function described(
  { plan, data, quick, command }: UnitRun,
  model: Model,
  training: TrainingOutcome | null,
): Omit<UnitRecord, 'energy' | 'versions' | 'results'> {
  const { name, title, network, recipeName, recipe } = plan;
  return {
    format: 'certispike-unit',
    version: runVersion,
    name,
    title,
    network,
    data: recipe.data,
    input: model.network.input.encoding,
    readout: model.network.readout.kind,
    method: recipe.method,
    recipe_name: recipeName,
    recipe,
    seed: recipe.seed,
    quick,
    complete: false,
    command,
    parameters: model.parameterCount,
    recordings: data.recordings ?? null,
    training,
  };
}

function stepsOf(result: ResultPlan, model: Model): number {
  return result.steps ?? model.network.input.steps;
}

/** Trains the unit's network where that is not done, from those of other trainings where the plan says so. */
async function train(run: UnitRun, folder: UnitFolder, done: boolean): Promise<void> {
  const { plan, stages } = run;
  const history = await History.open(folder);
  const there = done ? plan.starts.length : await startsThere(run, folder, history);
  for (const [place, recipe] of plan.starts.entries()) {
    const title = `${plan.title}: training to start with`;
    const starts = plan.starts.slice(0, place);
    const path = folder.start(place);
    if (place < there) stages.keep(title);
    else await trainTo(run, folder, { recipe, starts, path, part: 'start', title, history });
  }
  const title = `${plan.title}: training`;
  const { recipe, starts } = plan;
  if (done) stages.keep(title);
  else await trainTo(run, folder, { recipe, starts, path: folder.model, part: 'training', title, history });
}

/** How many of the trainings to start with need not be done: the later ones need only the last of them. */
async function startsThere({ plan, relatives }: UnitRun, folder: UnitFolder, history: History): Promise<number> {
  for (const [place, recipe] of [...plan.starts.entries()].reverse()) {
    const origin = { recipe, starts: plan.starts.slice(0, place) };
    const path = folder.start(place);
    const isThere = (await trainedBy(origin, path)) !== undefined || (await borrowed(origin, relatives, path, history));
    if (isThere) return place + 1;
  }
  return 0;
}

/** Takes the network of another unit, where one was trained by the same recipes: the bits would be the same. */
async function borrowed(
  origin: Origin,
  relatives: readonly string[],
  path: string,
  history: History,
): Promise<boolean> {
  for (const relative of relatives) {
    if ((await trainedBy(origin, relative)) === undefined) continue;
    await copyFile(relative, path);
    await history.borrow(origin.recipe, dirname(relative));
    return true;
  }
  return false;
}

interface OneTraining extends Origin {
  readonly path: string;
  readonly part: 'start' | 'training';
  readonly title: string;
  readonly history: History;
}

async function trainTo(run: UnitRun, folder: UnitFolder, one: OneTraining): Promise<void> {
  const { engine, data, stages, signal } = run;
  const { recipe, starts, path, part, history } = one;
  const checkpoint = { path: folder.checkpoint(recipe), everySteps };
  using meter = stages.begin(one.title);
  const warm = starts.length > 0 ? { ...recipe, warmStart: folder.start(starts.length - 1) } : recipe;
  using model = await createModel(engine, warm, data.train);
  const training = await runTraining({
    ...{ engine, model, config: recipe, data, checkpoint, resume: true, meter, signal },
    onEpoch: (epoch, last) => history.add(part, recipe, epoch, last),
  });
  await saveModel(model, path, { notes: { recipe, starts, training, versions: versions(engine) } });
  await rm(checkpoint.path, { force: true });
  meter.succeed(`${outcome(training)}, ${duration(training.seconds)}`);
}

async function energyOf({ plan, engine, data, signal }: UnitRun, model: Model) {
  return recordOf(await activity(engine, model, data.test, { limit: plan.energy, signal }));
}

interface Measuring extends UnitRun {
  readonly unit: UnitFolder;
  readonly model: Model;
  /** What is there already, by name. */
  readonly results: ReadonlyMap<string, ResultRecord>;
}

/** Finds one result, in two steps that are kept one by one: certificates, then attacks. */
async function measure(
  run: Measuring,
  plan: ResultPlan,
  keep: (result: ResultRecord) => Promise<unknown>,
): Promise<void> {
  const { stages, unit, data } = run;
  const name = resultName(plan, stepsOf(plan, run.model));
  const length = Math.min(plan.limit ?? data.test.length, data.test.length);
  const part = plan.purpose === 'attack' ? `, the first ${length}` : '';
  const terms = `${describeRegion(plan.region)}, T = ${stepsOf(plan, run.model)}, seed ${plan.seed}${part}`;
  const title = `${run.plan.title}: ${terms}`;
  const there = run.results.get(name);
  let certified: Certified;
  if (there?.examples === length) {
    certified = { result: there, examples: await readPerExample(unit.path, there.per_example) };
    stages.keep(`${title}: certifying`);
  } else {
    certified = await certifiedAnew(run, plan, `${title}: certifying`, length);
    await unit.write(certified.result.per_example, certified.examples);
    await keep(certified.result);
  }
  if (plan.attack === null) return;
  const { attack, seed } = plan.attack;
  const done = certified.result.attack;
  if (done !== null && done.attack === attack && done.attack_seed === seed) {
    stages.keep(`${title}: attacking`);
    return;
  }
  using meter = stages.begin(`${title}: attacking`);
  const attacked = await attackResult({
    ...{ engine: run.engine, model: run.model, source: data.test, signal: run.signal, meter },
    ...{ folder: unit, certified, plan: plan.attack },
    neighbours: await neighbours(run, certified.result),
    command: callOf(run, 'attack', `${wordsOf(certified.result)} --attack ${attack} --attack-seed ${seed}`),
  });
  await unit.write(attacked.result.per_example, attacked.examples);
  await keep(attacked.result);
  const seconds = attacked.result.attack?.seconds ?? 0;
  meter.succeed(`attacked error ${percent(attacked.result.attacked_error, 2)}, ${duration(seconds)}`);
}

async function certifiedAnew(run: Measuring, plan: ResultPlan, title: string, length: number): Promise<Certified> {
  const { engine, model, data, unit, signal, stages } = run;
  using meter = stages.begin(title);
  const larger = [...run.results.values()].find(
    (one) =>
      one.purpose === 'table' &&
      one.examples >= length &&
      one.seed === plan.seed &&
      one.steps === stepsOf(plan, model) &&
      JSON.stringify(one.region_full) === JSON.stringify(plan.region),
  );
  const certified =
    larger === undefined
      ? await certifyResult({
          ...{ engine, model, source: data.test, plan, meter, signal },
          command: (words) => callOf(run, 'certify', words),
        })
      : firstExamples({ result: larger, examples: await readPerExample(unit.path, larger.per_example) }, plan, length);
  const { certified_error: error, seconds } = certified.result;
  const how = larger === undefined ? duration(seconds) : 'from the certificates of all examples';
  meter.succeed(`certified error ${percent(error, 2)}, ${how}`);
  return certified;
}

/** Results of the same examples and draws in other sizes of the region that were attacked already. */
async function neighbours({ results, unit }: Measuring, own: ResultRecord): Promise<Neighbours> {
  const shape = (result: ResultRecord) => JSON.stringify({ ...result.region_full, epsilon: 0, budget: 0, fraction: 0 });
  const related = [...results.values()].filter(
    (one) =>
      one.attack !== null &&
      one.name !== own.name &&
      one.steps === own.steps &&
      one.seed === own.seed &&
      one.examples === own.examples &&
      shape(one) === shape(own),
  );
  const read = (fits: (size: number) => boolean): Promise<PerExampleRecord[]> =>
    Promise.all(related.filter(({ size }) => fits(size)).map((one) => readPerExample(unit.path, one.per_example)));
  return { smaller: await read((size) => size < own.size), larger: await read((size) => size > own.size) };
}

function wordsOf({ region, steps, seed, examples }: ResultRecord): string {
  return `--region ${region} --steps ${steps} --seed ${seed} --limit ${examples}`;
}

/** A call on the unit's model, from the folder of the run. */
function callOf({ plan }: Measuring, command: string, words: string): string {
  const { data, fold } = plan.recipe;
  const place = data === 'nmnist' ? recordingsPlace : data;
  const source = fold === undefined ? place : `${place} --fold ${fold}`;
  return `certispike ${command} --model ${plan.name}/model.safetensors --data ${source} ${words}`;
}
