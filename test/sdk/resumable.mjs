import { denseNetwork, shortTraining, stripes } from './toy.mjs';

/** A training with everything that a checkpoint has to hold: schedules, moments, validations, best weights. */
export function resumable(sdk, engine) {
  const options = {
    ...shortTraining,
    epochs: 4,
    epsilon: sdk.schedules.linear(0, 0.05, 0, 0.6),
    learningRate: sdk.schedules.steps([0, 8e-3], [0.75, 1e-3]),
    optimizer: 'adam',
    validation: sdk.arrays({ name: 'held out', ...stripes(30, 2) }),
    keep: 'best',
  };
  return {
    model: engine.createModel(denseNetwork(sdk), { seed: 3, initialisation: 'ibp' }),
    train: sdk.arrays({ name: 'train', ...stripes(90, 1) }),
    options,
  };
}
