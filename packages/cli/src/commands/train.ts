import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { createEngine, saveModel } from '@certispike/sdk';
import { Command } from 'commander';
import type { Call } from '../call.js';
import { checkpointBeside, hasCheckpoint, settleCheckpoint } from '../checkpoint-file.js';
import { check, whole } from '../config/field.js';
import { resolveTrain } from '../config/recipe.js';
import { readValue } from '../config/short-form.js';
import { trainFlags } from '../config/train.js';
import { openDataSet } from '../data-set.js';
import { CliError } from '../failure.js';
import { addFields } from '../flags.js';
import { createModel } from '../model.js';
import { checkTarget, print, printJson, say } from '../output.js';
import { presets } from '../presets/index.js';
import { createMeter } from '../progress/create.js';
import { duration } from '../progress/duration.js';
import { addRunOptions, engineOptions, type RunOptions } from '../run-options.js';
import { status } from '../status.js';
import { outcome, runTraining } from '../training.js';
import { versions } from '../versions.js';

/** Width of the longest name, for the list. */
const width = Math.max(...Object.keys(presets).map((name) => name.length));

const examples = `
Presets:
${Object.entries(presets)
  .map(([name, { summary }]) => `  ${name.padEnd(width)} ${summary}`)
  .join('\n')}

Examples:
  certispike train --preset mnist-fc-rate --out model.safetensors
  certispike train --preset mnist-fc-rate --epsilon linear:0:0.08:0.05:0.65 --epochs 20 --out model.safetensors
  certispike train --preset mnist-fc-rate --print-config > recipe.json
  certispike train --config recipe.json --seed 1 --out model.safetensors
  certispike train --config recipe.json --seed 1 --out model.safetensors --resume

A schedule is a number, linear:from:to:start:end, smooth:from:to:start:end,
staircase:from:to:start:end:epochs or steps:progress=value,progress=value,
where start, end and progress are shares of the training from 0 to 1.`;

interface Options extends RunOptions, Readonly<Record<string, unknown>> {
  readonly out?: string;
  readonly checkpoint?: string;
  readonly checkpointEvery: number;
  readonly resume?: boolean;
  readonly fresh?: boolean;
  readonly printConfig?: boolean;
}

/** `certispike train`: trains a network by a recipe and writes the model. */
export function trainCommand(call: Call): Command {
  const command = new Command('train')
    .description('Train a network by a preset, a config file, or flags, and write the model.')
    .addHelpText('after', examples)
    .option('--preset <name>', 'start from this recipe (listed below)')
    .option('--config <file>', 'read fields of the recipe from a JSON file; flags win over it, it wins over the preset')
    .option('--print-config', 'print the recipe that would be used as JSON, and end')
    .option('--out <file>', 'where the model goes (.safetensors)')
    .option('--checkpoint <file>', "where the training's state is kept on the way (default: beside the model)")
    .option(
      '--checkpoint-every <steps>',
      'steps between two checkpoints, besides one after every epoch',
      (text) => check(whole(1), readValue(text), () => '--checkpoint-every'),
      100,
    )
    .option('--resume', 'go on from the checkpoint of an interrupted training')
    .option('--fresh', 'discard the checkpoint of an interrupted training');
  addFields(command, 'The recipe (the fields of a config file):', trainFlags);
  return addRunOptions(command).action(async (options: Options) => {
    call.finish(await train(options, call));
  });
}

async function train(options: Options, call: Call): Promise<number> {
  const config = await resolveTrain(options);
  if (options.printConfig === true) {
    await print(JSON.stringify(config, null, 2));
    return status.ok;
  }
  const { out } = options;
  if (out === undefined) {
    throw new CliError(
      'missing-field',
      'out: expected a file for the model, as in --out model.safetensors, got nothing',
    );
  }
  const path = options.checkpoint ?? checkpointBeside(out);
  const resume = options.resume === true;
  await checkTarget('out', out);
  await checkTarget('checkpoint', path);
  await settleCheckpoint(path, { resume, fresh: options.fresh === true });

  const { signal } = call.interrupt;
  const checkpoint = { path, everySteps: options.checkpointEvery };
  await using engine = await createEngine(engineOptions(options));
  const data = await openDataSet(config, { signal, quiet: options.quiet === true });
  using model = await createModel(engine, config, data.train);
  using meter = createMeter(`training ${basename(out)}`, options.quiet === true);
  try {
    const training = await runTraining({ engine, model, config, data, checkpoint, resume, meter, signal });
    const notes = { recipe: config, training, versions: versions(engine) };
    await saveModel(model, out, { notes });
    await rm(path, { force: true });
    meter.succeed(`${outcome(training)}, ${duration(training.seconds)}`);
    if (options.json === true) await printJson({ model: out, parameters: model.parameterCount, ...notes });
    else await print(`${out}: ${model.parameterCount} parameters, ${outcome(training)}`);
    return status.ok;
  } catch (error) {
    meter[Symbol.dispose]();
    if (await hasCheckpoint(path))
      say(`certispike: the training so far is in ${path}; to go on:\n  ${resumeCall(call.words)}`);
    throw error;
  }
}

/** The call that goes on with an interrupted one. */
function resumeCall(words: readonly string[]): string {
  const again = words.filter((word) => word !== '--resume' && word !== '--fresh').map(quoted);
  return ['certispike', ...again, '--resume'].join(' ');
}

/** A word as a shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
