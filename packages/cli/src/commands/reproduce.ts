import { join } from 'node:path';
import { createEngine } from '@certispike/sdk';
import { Command } from 'commander';
import type { Call } from '../call.js';
import { check, oneOf } from '../config/field.js';
import { readJson } from '../config/resolve.js';
import { CliError } from '../failure.js';
import { print, printJson, say } from '../output.js';
import { writeReport } from '../report/write.js';
import { machineScale, totalCost } from '../reproduce/cost.js';
import { experiment } from '../reproduce/grid.js';
import { chosen, readPlan, type RunPlan } from '../reproduce/plan.js';
import { type Places, recordingsPlace } from '../reproduce/places.js';
import { estimates, openRunFolder, opener, runPlan } from '../reproduce/run.js';
import { estimateText, heading, longDuration, runText } from '../reproduce/text.js';
import { UnitFolder } from '../reproduce/unit-folder.js';
import { addRunOptions, engineOptions, type RunOptions } from '../run-options.js';
import { status } from '../status.js';

const examples = `
An interrupted run goes on where it was when the command is given again, down to the checkpoint of the training in hand.
Units are independent of each other: --only runs some of them, on another machine perhaps; their folders are copied together.

Examples:
  certispike reproduce --quick
  certispike reproduce --estimate
  certispike reproduce --recipes best --only "fc-mnist-*"
  certispike reproduce --only conv-mnist-s-ibp-paper --folder runs/paper
  certispike reproduce --quick --nmnist N-MNIST
  certispike reproduce --plan my-plan.json`;

interface Options extends RunOptions {
  readonly quick?: boolean;
  readonly recipes: 'paper' | 'best' | 'all';
  readonly only: readonly string[];
  readonly plan?: string;
  readonly folder?: string;
  readonly fresh?: boolean;
  readonly estimate?: boolean;
  readonly list?: boolean;
  readonly mnist?: string;
  readonly fashionMnist?: string;
  readonly nmnist?: string;
}

/** `certispike reproduce`: the paper's experiment, unit by unit. */
export function reproduceCommand(call: Call): Command {
  const command = new Command('reproduce')
    .description(
      "Run the paper's experiment: FC and CONV on MNIST, Fashion-MNIST and N-MNIST, trained naturally and with " +
        'certificates; certify and attack every network over sweeps of epsilon and time steps.',
    )
    .addHelpText('after', examples)
    .option('--quick', 'a small form in under half an hour on two cores, marked as such everywhere')
    .option(
      '--recipes <paper|best|all>',
      "the paper's exact recipe, the best found, or both",
      (text) => check(oneOf('paper', 'best', 'all'), text, () => '--recipes'),
      'all' as const,
    )
    .option(
      '--only <pattern>',
      'run units of this name only; * stands for anything; repeatable, or with commas',
      (text, all: readonly string[]) => [...all, ...text.split(',')],
      [],
    )
    .option('--plan <file>', 'run the units of this plan (JSON) instead of the experiment')
    .option('--folder <folder>', 'where results go (default: runs/reproduce, runs/reproduce-quick with --quick)')
    .option('--fresh', 'forget what an earlier run left of the units')
    .option('--estimate', 'print how long it would take, and end')
    .option('--list', 'print the names of the units, and end')
    .option('--mnist <folder>', 'take MNIST from this folder')
    .option('--fashion-mnist <folder>', 'take Fashion-MNIST from this folder')
    .option('--nmnist <folder>', 'take N-MNIST from this folder; without it N-MNIST is left out');
  return addRunOptions(command).action(async (options: Options) => {
    await reproduce(options, call);
    call.finish(status.ok);
  });
}

async function reproduce(options: Options, call: Call): Promise<void> {
  const plan = await planOf(options);
  const units = chosen(plan.units, options.only);
  if (options.list === true) {
    const names = units.map(({ name, title }) => ({ name, title }));
    await (options.json === true
      ? printJson(names)
      : print(names.map(({ name, title }) => `${name}  ${title}`).join('\n')));
    return;
  }
  const { signal } = call.interrupt;
  const quiet = options.quiet === true;
  const places = placesOf(options);
  const folder = options.folder ?? (plan.quick ? 'runs/reproduce-quick' : 'runs/reproduce');
  await using engine = await createEngine(engineOptions(options));
  const scale = await machineScale(engine, signal);
  const open = opener({ places, quiet, signal });
  const costs = await estimates(plan, units, { places, scale }, open);
  const seconds = costs.reduce((sum, cost) => sum + totalCost(cost), 0);
  if (options.estimate === true) {
    const perUnit = units.map(({ name }, index) => ({ name, ...costs[index] }));
    await (options.json === true
      ? printJson({ seconds, scale, workers: engine.workers, units: perUnit })
      : print([heading(plan), '', estimateText(units, costs, engine.workers)].join('\n')));
    return;
  }
  await openRunFolder(folder);
  if (options.fresh === true) for (const { name } of units) await (await UnitFolder.open(folder, name)).forget();
  if (!quiet) say(`certispike: ${units.length} units, about ${longDuration(seconds)} where nothing is done yet`);
  try {
    const { only } = options;
    const run = { plan, folder, only, places, engine, scale, command: commandOf(options), quiet, signal };
    const { record, units: done } = await runPlan(run);
    const report = join(folder, 'report.html');
    await writeReport([folder], report);
    await (options.json === true
      ? printJson({ ...record, results: done, report })
      : print(runText(record, done, { folder, report })));
  } catch (error) {
    if (signal.aborted) say(`certispike: what is done is kept in ${folder}; the same command goes on from there`);
    throw error;
  }
}

async function planOf(options: Options): Promise<RunPlan> {
  if (options.plan === undefined) {
    const { quick, recipes, nmnist } = options;
    return experiment({ quick: quick === true, recipes, recordings: nmnist !== undefined });
  }
  if (options.quick === true) throw new CliError('bad-value', 'quick: expected none beside --plan, got --quick');
  const file = options.plan;
  return readPlan(await readJson('plan', file), (field) => `${file}: ${field}`);
}

function placesOf({ mnist, fashionMnist, nmnist }: Options): Places {
  const places = { mnist, 'fashion-mnist': fashionMnist, nmnist };
  return Object.fromEntries(
    Object.entries(places).flatMap(([name, place]) => (place === undefined ? [] : [[name, place]])),
  );
}

/** The call that makes the run, without what chooses units or says where things lie. */
function commandOf({ quick, recipes, plan, nmnist }: Options): string {
  return [
    'certispike reproduce',
    ...(quick === true ? ['--quick'] : []),
    ...(plan === undefined ? (quick === true ? [] : [`--recipes ${recipes}`]) : [`--plan ${plan}`]),
    ...(nmnist === undefined ? [] : [`--nmnist ${recordingsPlace}`]),
  ].join(' ');
}
