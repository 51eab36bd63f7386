import { stripes } from './toy.mjs';

/** Does what a long-lived program does again and again. Runs in Node and in browsers. */

/** A small network with weights, and a question to it. */
function question(sdk, engine) {
  const input = sdk.rate([1, 6, 6], { steps: 5 });
  const model = engine.createModel(sdk.network({ input, layers: [sdk.linear(24), sdk.linear(3)] }), { seed: 3 });
  const data = stripes(1, 2);
  const ask = () => sdk.certify(engine, model, sdk.arrays(data), { region: sdk.linf(0.04) });
  return { model, ask };
}

/**
 * Certifies one image after another.
 * @returns bytes that the core took after the first tenth of the calls, and after all
 */
export async function manyCertificates(sdk, calls, collect = () => undefined) {
  const engine = await sdk.createEngine({ workers: 2 });
  try {
    const { model, ask } = question(sdk, engine);
    const taken = async (count) => {
      for (let call = 0; call < count; call += 1) await ask();
      await collect();
      const { workers, callingThread } = engine.memory();
      return workers.reduce((sum, bytes) => sum + bytes, callingThread);
    };
    const before = await taken(calls / 10);
    const after = await taken((calls * 9) / 10);
    model.free();
    return { before, after };
  } finally {
    await engine.dispose();
  }
}

/** Makes engines with a model and a certificate each, and ends them. */
export async function manyEngines(sdk, count) {
  for (let cycle = 0; cycle < count; cycle += 1) {
    const engine = await sdk.createEngine({ workers: 2 });
    await question(sdk, engine).ask();
    await engine.dispose();
  }
}
