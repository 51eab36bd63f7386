import type { Engine, Model, Source } from '@certispike/sdk';
import type { TrainConfig } from './config/train.js';
import { CliError } from './failure.js';
import { openModel } from './model-file.js';
import { configuredNetwork } from './network.js';

/**
 * The model that a training starts with: initial weights, or those of another model with the same tensors. Readout and
 * encoding may differ, as they have no weights.
 * @throws CliError `warm-start-mismatch` when the tensors differ
 */
export async function createModel(engine: Engine, config: TrainConfig, source: Source): Promise<Model> {
  const network = await configuredNetwork(config, source);
  const { seed, initialisation, warmStart } = config;
  const model = engine.createModel(network, { seed, ...(initialisation && { initialisation }) });
  if (warmStart !== undefined) {
    const { model: start } = await openModel(engine, 'warmStart', warmStart);
    try {
      copyTensors(start, model, warmStart);
    } finally {
      start.free();
    }
  }
  return model;
}

function copyTensors(from: Model, to: Model, path: string): void {
  const expected = shapes(to);
  const got = shapes(from);
  if (got !== expected) {
    throw new CliError('warm-start-mismatch', `warmStart: expected the tensors ${expected}, got ${got} in ${path}`);
  }
  for (const { name } of to.tensors()) to.setTensor(name, from.tensor(name));
}

function shapes(model: Model): string {
  return model
    .tensors()
    .map(({ name, shape }) => `${name} ${shape.join(' x ')}`)
    .join(', ');
}
