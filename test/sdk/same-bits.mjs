import { convNetwork, denseNetwork, digest, finished, shortTraining, stripes, weights } from './toy.mjs';

/**
 * Trainings, predictions, both bounds and attacks as short texts, to compare between engines and numbers of workers.
 * @param sdk the package, however it was loaded
 */
export async function sameBits(sdk, workers) {
  const engine = await sdk.createEngine({ workers });
  const [train, test] = [sdk.arrays(stripes(90, 1)), sdk.arrays(stripes(50, 2))];
  const trained = async (network, options) => {
    const model = engine.createModel(network, { seed: 3, initialisation: 'ibp' });
    await finished(sdk.fit(engine, model, train, { ...shortTraining, ...options }));
    return model;
  };
  try {
    const dense = await trained(denseNetwork(sdk), {
      epsilon: sdk.schedules.smooth(0, 0.05, 0.1, 0.8),
      learningRate: sdk.schedules.steps([0, 3e-3], [0.7, 1e-3]),
    });
    const fused = { method: 's-crown-fused', epochs: 1, surrogate: { kind: 'atan', width: 1 }, relaxation: 'joint' };
    const conv = await trained(convNetwork(sdk), fused);
    const { scores } = await sdk.evaluate(engine, dense, test, { seed: 11 });
    const { perExample } = await sdk.certify(engine, dense, test, { region: sdk.linf(0.04), seed: 11 });
    const attacks = await attacked(sdk, engine, dense, test);
    return {
      dense: weights(dense),
      conv: weights(conv),
      scores: digest(scores),
      sIbp: digest(perExample.sIbp),
      sCrown: digest(perExample.sCrown),
      attacks,
    };
  } finally {
    await engine.dispose();
  }
}

/** What attacks find, on pixels and on the spikes that are drawn of them. */
async function attacked(sdk, engine, model, source) {
  const bits = [];
  for (const region of [sdk.linf(0.1), sdk.flips(3)]) {
    const { adversarial, perExample } = await sdk.attack(engine, model, source, { region, attack: 'quick', seed: 11 });
    if (adversarial.length === 0)
      throw new Error(`nothing was fooled within ${region.kind}: there is nothing to compare`);
    bits.push(digest(...Object.values(perExample)), digest(...adversarial.map(({ values }) => values)));
  }
  return bits;
}
