import { join } from 'node:path';
import { createEngine } from '@certispike/sdk';
import { Command } from 'commander';
import type { Call } from '../call.js';
import type { CertificationRecord } from '../certification.js';
import { certifiedToNearest } from '../experiment/nearest.js';
import { plan } from '../experiment/plan.js';
import type { ExperimentRecord } from '../experiment/record.js';
import { resultText } from '../experiment/table.js';
import { print, printJson, say, writeWhole } from '../output.js';
import { writeReport } from '../report/write.js';
import type { RunRecord } from '../reproduce/record.js';
import { openRunFolder, runPlan } from '../reproduce/run.js';
import { UnitFolder } from '../reproduce/unit-folder.js';
import { addRunOptions, engineOptions, type RunOptions } from '../run-options.js';
import { status } from '../status.js';

const examples = `
An interrupted run goes on where it was when the command is given again; networks that are finished are kept.

Examples:
  certispike start
  certispike start --quick
  certispike start --folder runs/second --fresh`;

interface Options extends RunOptions {
  readonly data?: string;
  readonly folder?: string;
  readonly fresh?: boolean;
  readonly quick?: boolean;
}

/** `certispike start`, behind `npm start`: what robust training buys, from the data to the table. */
export function startCommand(call: Call): Command {
  const command = new Command('start')
    .description('Train a network naturally and robustly on MNIST, certify the test images, print the table.')
    .addHelpText('after', examples)
    .option('--folder <folder>', 'where models and results go (default: runs/start, runs/quick with --quick)')
    .option('--fresh', 'forget what an earlier run left in the folder')
    .option('--quick', 'a few thousand images only, to see that all works; the numbers mean nothing')
    .option('--data <name|folder>', 'another data set in the form of MNIST (default: mnist)');
  return addRunOptions(command).action(async (options: Options) => {
    await start(options, call);
    call.finish(status.ok);
  });
}

async function start(options: Options, call: Call): Promise<void> {
  const quick = options.quick === true;
  const quiet = options.quiet === true;
  const folder = options.folder ?? (quick ? 'runs/quick' : 'runs/start');
  const planned = plan(quick, options.data);
  const { signal } = call.interrupt;
  await openRunFolder(folder);
  if (options.fresh === true)
    for (const { name } of planned.units) await (await UnitFolder.open(folder, name)).forget();
  try {
    await using engine = await createEngine(engineOptions(options));
    const common = { folder, engine, quiet, signal };
    const nearest = new Map<string, CertificationRecord>();
    const command = `certispike start${quick ? ' --quick' : ''}`;
    const { record, units } = await runPlan({
      ...{ ...common, plan: planned, only: [], places: {}, scale: 1, command },
      onUnit: async (unit, _, data) => {
        nearest.set(unit.name, await certifiedToNearest({ ...common, unit, data }));
      },
    });
    const networks = units.map((unit) => ({ ...unit, nearest: nearest.get(unit.name) as CertificationRecord }));
    const results: ExperimentRecord = { ...withoutUnits(record), networks, published: planned.published };
    await writeWhole('folder', join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
    const report = join(folder, 'report.html');
    await writeReport([folder], report);
    if (options.json === true) await printJson(results);
    else await print(resultText(results, folder, report));
  } catch (error) {
    if (signal.aborted) say(`certispike: what is done is kept in ${folder}; the same command goes on from there`);
    throw error;
  }
}

function withoutUnits({ units: _, ...rest }: RunRecord): Omit<RunRecord, 'units'> {
  return rest;
}
