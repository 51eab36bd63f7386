import { access, rm } from 'node:fs/promises';
import { type Engine, loadModel, saveModel } from '@certispike/sdk';
import { type CertificationRecord, runCertification } from '../certification.js';
import { percent } from '../columns.js';
import type { DataSet } from '../data-set.js';
import { createModel } from '../model.js';
import { duration } from '../progress/duration.js';
import { outcome, runTraining, type TrainingRecord } from '../training.js';
import { versions } from '../versions.js';
import { certificationCost, trainingCost } from './cost.js';
import type { Kept, RunFolder } from './folder.js';
import type { Plan, PlannedNetwork } from './plan.js';
import type { ExperimentRecord, NetworkRecord } from './record.js';
import { Stages } from './stages.js';

/** Steps between two checkpoints. */
const everySteps = 100;

/** What a run of the experiment needs. */
export interface Run {
  readonly plan: Plan;
  readonly folder: RunFolder;
  readonly engine: Engine;
  readonly data: DataSet;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Trains and certifies every network of the plan; what an earlier run finished is kept. */
export async function runExperiment(run: Run): Promise<ExperimentRecord> {
  const { plan, folder, engine } = run;
  const stages = new Stages(costs(run), run.quiet);
  const networks: NetworkRecord[] = [];
  for (const planned of plan.networks) networks.push(await runNetwork(run, planned, stages));
  const record: ExperimentRecord = {
    title: plan.title,
    quick: plan.quick,
    networks,
    published: plan.published,
    versions: versions(engine),
  };
  await folder.finish(record);
  return record;
}

/** Of every stage in order; a network has three: training, certifying outward, certifying to nearest. */
function costs({ plan, data }: Run): number[] {
  const certifying = certificationCost(Math.min(plan.certify.limit ?? data.test.length, data.test.length));
  return plan.networks.flatMap(({ recipe }) => [trainingCost(recipe, data.train.length), certifying, certifying]);
}

async function runNetwork(run: Run, planned: PlannedNetwork, stages: Stages): Promise<NetworkRecord> {
  const { plan, folder, engine, data, signal } = run;
  const { name, label, recipe } = planned;
  const readout = recipe.readout ?? 'rate';
  const title = `${label}, ${readout}`;
  const path = folder.model(planned);

  const earlier = await folder.kept(planned);
  let training = (await isThere(path)) ? earlier.training : undefined;
  const terms = { ...plan.certify, versions: versions(engine) };
  const isSame = training !== undefined && JSON.stringify(earlier.terms) === JSON.stringify(terms);
  const kept: Kept = { recipe, terms, ...(isSame && { outward: earlier.outward, nearest: earlier.nearest }) };

  if (training !== undefined) stages.keep(`${title}: training`);
  else {
    training = await train(run, planned, stages, `${title}: training`);
    await folder.keep(planned, { ...kept, training });
  }

  using model = await loadModel(engine, path);
  const certified = async (rounding: 'outward' | 'nearest'): Promise<CertificationRecord> => {
    const stage = `${title}: certifying, ${rounding}`;
    const before = kept[rounding];
    if (before !== undefined) {
      stages.keep(stage);
      return before;
    }
    using meter = stages.begin(stage);
    const config = { ...plan.certify, model: path, rounding };
    const { record } = await runCertification({ engine, model, source: data.test, config, meter, signal });
    meter.succeed(`certified error ${percent(record.certified_error.best, 2)}, ${duration(record.seconds)}`);
    return record;
  };
  const outward = await certified('outward');
  await folder.keep(planned, { ...kept, training, outward });
  const nearest = await certified('nearest');
  await folder.keep(planned, { ...kept, training, outward, nearest });
  return { name, label, readout, model: path, recipe, training, outward, nearest };
}

async function train(run: Run, planned: PlannedNetwork, stages: Stages, title: string): Promise<TrainingRecord> {
  const { engine, data, folder, signal } = run;
  const { recipe: config } = planned;
  const checkpoint = { path: folder.checkpoint(planned), everySteps };
  using meter = stages.begin(title);
  using model = await createModel(engine, config, data.train);
  const training = await runTraining({ engine, model, config, data, checkpoint, resume: true, meter, signal });
  await saveModel(model, folder.model(planned), { notes: { recipe: config, training, versions: versions(engine) } });
  await rm(checkpoint.path, { force: true });
  meter.succeed(`${outcome(training)}, ${duration(training.seconds)}`);
  return training;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
