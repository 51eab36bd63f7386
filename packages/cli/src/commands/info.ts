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
import type { Call } from '../call.js';
import { columns, percent } from '../columns.js';
import { describeInput, describeLayer, describeNeuron, describeSchedule } from '../description.js';
import { openModel } from '../model-file.js';
import { print, printJson } from '../output.js';
import { duration } from '../progress/duration.js';
import { status } from '../status.js';

const examples = `
Examples:
  certispike info model.safetensors
  certispike info model.checkpoint.safetensors --json`;

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
}

/** `certispike info`: what a model or a checkpoint holds. */
export function infoCommand(call: Call): Command {
  return new Command('info')
    .description('Show what a model or a checkpoint holds: network, layers, parameters, training.')
    .argument('<file>', 'a model or a checkpoint (.safetensors), or a state dict of PyTorch (.pth, .pt)')
    .option('--json', 'print one JSON object on one line of stdout')
    .addHelpText('after', examples)
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const info = await inspect(file);
      if (options.json === true) await printJson(info);
      else await print(describe(info));
      call.finish(status.ok);
    });
}

async function inspect(file: string): Promise<FileInfo> {
  await using engine = await createEngine({ workers: 1 });
  // Loading it as well shows that the weights are whole.
  const { model, conversion } = await openModel(engine, 'file', file);
  const { kind, network, notes, training } = conversion ? described(model, conversion) : await inspectCheckpoint(file);
  return {
    file,
    kind,
    network,
    parameters: model.parameterCount,
    tensors: model.tensors(),
    notes: notes ?? null,
    training: training ?? null,
  };
}

/** What is known of a model that another framework wrote. */
function described({ network }: Model, { origin, convention, warnings }: ConversionReport): Metadata {
  return { kind: 'model', network, notes: { origin, convention, warnings } };
}

function describe({ file, kind, network, parameters, tensors, notes, training }: FileInfo): string {
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
  return lines.join('\n');
}

function describeTraining({ config, train, state }: TrainingRecord): string[] {
  const { method, epochs, batchSize, seed, steps, certifiedSteps, optimizer, epsilon, kappa, beta, learningRate } =
    config;
  const terms = [
    `method ${method}`,
    `seed ${seed}`,
    `batch size ${batchSize}`,
    `T = ${steps}`,
    ...(method === 'natural'
      ? []
      : [
          `T' = ${certifiedSteps}`,
          `epsilon ${describeSchedule(epsilon)}`,
          `kappa ${describeSchedule(kappa)}`,
          `beta ${describeSchedule(beta)}`,
        ]),
    `${optimizer.kind}, learning rate ${describeSchedule(learningRate)}`,
  ];
  const validation =
    state.validation === null ? [] : [`last validation: error ${percent(state.validation.cleanError)}`];
  return [
    `training on ${train.length} examples of ${train.name}: ${terms.join(', ')}`,
    `position: step ${state.step}, ${state.epoch} of ${epochs} epochs done, ${duration(state.seconds)}`,
    ...validation,
  ];
}
