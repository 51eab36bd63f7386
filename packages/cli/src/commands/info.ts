import { basename } from 'node:path';
import {
  createEngine,
  inspectCheckpoint,
  type Layer,
  type Metadata,
  type Model,
  type Network,
  type TensorInfo,
  type TrainingRecord,
} from '@certispike/sdk';
import type { ConversionReport } from '@certispike/sdk/convert';
import { Command } from 'commander';
import { type ActivityRecord, describeActivity, runActivity } from '../activity.js';
import type { Call } from '../call.js';
import { columns, percent } from '../columns.js';
import { type ActivityConfig, activityFlags, activitySchema } from '../config/activity.js';
import { check, whole } from '../config/field.js';
import { flagLayer, resolve } from '../config/resolve.js';
import { unitOf } from '../config/region.js';
import { readValue } from '../config/short-form.js';
import {
  describeAdversary,
  describeAveraging,
  describeInput,
  describeLayer,
  describeNeuron,
  describeRegularisers,
  describeSchedule,
  describeSteps,
} from '../description.js';
import { CliError } from '../failure.js';
import { addFields } from '../flags.js';
import { look } from '../look/look.js';
import { openModel } from '../model-file.js';
import { print, printJson } from '../output.js';
import { createMeter } from '../progress/create.js';
import { duration } from '../progress/duration.js';
import { addRunOptions, engineOptions, type RunOptions } from '../run-options.js';
import { status } from '../status.js';
import { trainedReading } from '../trained-reading.js';

const examples = `
Examples:
  certispike info model.safetensors
  certispike info model.checkpoint.safetensors --json
  certispike info model.safetensors --data mnist --limit 1000
  certispike info recording.bin --picture recording.svg
  certispike info fooled.safetensors --picture fooled.svg
  certispike info nmnist-simulated --bins 5`;

interface Options extends RunOptions {
  readonly picture?: string;
  readonly index?: number;
}

/** What is known of a file; the form of the `--json` output. */
interface FileInfo {
  readonly file: string;
  readonly kind: Metadata['kind'];
  readonly network: Network;
  readonly parameters: number;
  readonly tensors: readonly TensorInfo[];
  /** How the model was made, for a model that `certispike` wrote. */
  readonly notes: NonNullable<Metadata['notes']> | null;
  /** Configuration and position of a training, for a checkpoint. */
  readonly training: NonNullable<Metadata['training']> | null;
  /** Spikes and synaptic operations, where data was named. */
  readonly activity: ActivityRecord | null;
}

/** `certispike info`: what a model or a checkpoint holds, and what it does on data; what recordings, data sets and adversarial examples hold. */
export function infoCommand(call: Call): Command {
  const command = new Command('info')
    .description(
      'Show what a model or a checkpoint holds: network, layers, parameters, training; with --data its spikes and ' +
        'synaptic operations too. Or show and draw a recording of events, a data set, or adversarial examples.',
    )
    .argument(
      '<file>',
      'a model, a checkpoint or adversarial examples (.safetensors, .pth, .pt), a recording of events, a data set',
    )
    .option(
      '--picture <file>',
      'also draw a recording, a data set or adversarial examples into this file: .svg with words and time, or .png',
    )
    .option('--index <number>', 'which recording of a file of several, from 0', (text) =>
      check(whole(0), readValue(text), () => '--index'),
    )
    .addHelpText('after', examples);
  addFields(command, 'What spikes and synaptic operations are counted on, and how recordings are read:', activityFlags);
  return addRunOptions(command).action(async (file: string, options: Options) => {
    const { signal } = call.interrupt;
    const { index, picture, json } = options;
    const config = resolve(activitySchema, [flagLayer(activityFlags, { ...options })]);
    const open = { signal, quiet: json === true || options.quiet === true };
    const view = await look(file, { config, open, index, picture });
    if (view !== undefined) await (json === true ? printJson(view.record) : print(view.text(width())));
    else if (picture !== undefined) throw noPicture(file);
    else {
      const info = await inspect(file, config, options, signal);
      await (json === true ? printJson(info) : print(describe(info)));
    }
    call.finish(status.ok);
  });
}

/** Columns of the terminal; of a piped output what is usual. */
function width(): number {
  return process.stdout.isTTY ? process.stdout.columns : 80;
}

function noPicture(file: string): CliError {
  const expected = 'a recording of events, a data set or adversarial examples to draw';
  return new CliError('bad-value', `picture: expected ${expected}, got something else: ${file}`);
}

async function inspect(
  file: string,
  config: ActivityConfig,
  options: RunOptions,
  signal: AbortSignal,
): Promise<FileInfo> {
  const { data } = config;
  await using engine = await createEngine(data === undefined ? { workers: 1 } : engineOptions(options));
  // Loading it as well shows that the weights are whole.
  const { model, conversion } = await openModel(engine, 'file', file);
  const { kind, network, notes, training } = conversion ? described(model, conversion) : await inspectCheckpoint(file);
  const counted = async () => {
    if (data === undefined) return null;
    using meter = createMeter(`running ${basename(file)}`, options.quiet === true);
    return await runActivity({ engine, model, data, config, trained: await trainedReading(file), meter, signal });
  };
  return {
    file,
    kind,
    network,
    parameters: model.parameterCount,
    tensors: model.tensors(),
    notes: notes ?? null,
    training: training ?? null,
    activity: await counted(),
  };
}

/** What is known of a model that another framework wrote. */
function described({ network }: Model, { origin, convention, warnings }: ConversionReport): Metadata {
  return { kind: 'model', network, notes: { origin, convention, warnings } };
}

function describe(info: FileInfo): string {
  const { file, kind, network, parameters, tensors, notes, training, activity } = info;
  const sizes = new Map(tensors.map(({ name, shape }) => [name, shape.reduce((product, size) => product * size, 1)]));
  const last = network.layers.length - 1;
  const layers = columns(
    [
      { title: 'layer', cell: ([layer]) => describeLayer(layer) },
      {
        title: 'neurons',
        cell: ([layer, index]) => describeNeuron(layer, network.readout.kind !== 'membrane' || index < last),
      },
      {
        title: 'parameters',
        align: 'right',
        cell: ([, index]) =>
          String((sizes.get(`layers.${index}.weight`) ?? 0) + (sizes.get(`layers.${index}.bias`) ?? 0)),
      },
    ],
    network.layers.map((layer, index): [Layer, number] => [layer, index]),
  );
  const lines = [
    `${file}: ${kind === 'model' ? 'a model' : 'the checkpoint of a training'}, ${parameters} parameters`,
    `input: ${describeInput(network)}`,
    layers,
    `readout: ${network.readout.kind}`,
  ];
  if (training !== null) lines.push(...describeTraining(training));
  if (notes !== null) lines.push(...Object.entries(notes).map(([name, value]) => `${name}: ${JSON.stringify(value)}`));
  if (activity !== null) lines.push('', describeActivity(activity));
  return lines.join('\n');
}

function describeTraining({ config, train, state }: TrainingRecord): string[] {
  const { method, epochs, batchSize, seed, steps, certifiedSteps, optimizer } = config;
  const { region, epsilon, kappa, beta, learningRate, averaging, attack, share, regularisers } = config;
  const attacks = method === 'adversarial' || method === 'sabr' || method === 'mtl-ibp';
  const terms = [
    `method ${method}`,
    `seed ${seed}`,
    `batch size ${batchSize}`,
    `T = ${describeSteps(steps)}`,
    ...(method === 'natural'
      ? []
      : [
          `T' = ${describeSteps(certifiedSteps)}`,
          `${unitOf[region.kind]} ${describeSchedule(epsilon)}`,
          `kappa ${describeSchedule(kappa)}`,
          ...(attacks ? [] : [`beta ${describeSchedule(beta)}`]),
        ]),
    ...(attacks ? [describeAdversary(attack)] : []),
    ...(method === 'sabr' || method === 'mtl-ibp' ? [`share ${describeSchedule(share)}`] : []),
    ...describeRegularisers(regularisers),
    `${optimizer.kind}, learning rate ${describeSchedule(learningRate)}`,
    ...(averaging === null ? [] : [describeAveraging(averaging)]),
  ];
  const validation =
    state.validation === null ? [] : [`last validation: error ${percent(state.validation.cleanError)}`];
  return [
    `training on ${train.length} examples of ${train.name}: ${terms.join(', ')}`,
    `position: step ${state.step}, ${state.epoch} of ${epochs} epochs done, ${duration(state.seconds)}`,
    ...validation,
  ];
}
