import { denseNetwork, shortTraining, stripes, weights } from './toy.mjs';

/**
 * A training of some hundred steps: long enough for something to happen to it.
 * @returns the bits of the weights
 */
export async function longTraining(sdk, onStep = () => {}) {
  const engine = await sdk.createEngine({ workers: 2 });
  try {
    const model = engine.createModel(denseNetwork(sdk), { seed: 3 });
    for await (const { kind } of sdk.fit(engine, model, sdk.arrays(stripes(90)), { ...shortTraining, epochs: 100 })) {
      if (kind === 'step') onStep();
    }
    return weights(model);
  } finally {
    await engine.dispose();
  }
}
