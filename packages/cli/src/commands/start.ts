import { createEngine } from '@certispike/sdk';
import { Command } from 'commander';
import type { Call } from '../call.js';
import { openDataSet } from '../data-set.js';
import { RunFolder } from '../experiment/folder.js';
import { plan } from '../experiment/plan.js';
import { runExperiment } from '../experiment/run.js';
import { resultText } from '../experiment/table.js';
import { print, printJson, say } from '../output.js';
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
  const folder = await RunFolder.open(options.folder ?? (quick ? 'runs/quick' : 'runs/start'));
  const planned = plan(quick, options.data);
  if (options.fresh === true) for (const network of planned.networks) await folder.forget(network);
  const { signal } = call.interrupt;
  try {
    await using engine = await createEngine(engineOptions(options));
    const data = await openDataSet(planned.certify, { signal, quiet: options.quiet === true });
    const record = await runExperiment({ plan: planned, folder, engine, data, quiet: options.quiet === true, signal });
    if (options.json === true) await printJson(record);
    else await print(resultText(record, folder.path));
  } catch (error) {
    if (signal.aborted) say(`certispike: what is done is kept in ${folder.path}; the same command goes on from there`);
    throw error;
  }
}
