import { existsSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { certify, createEngine, direct, fit, linf, paper, rate, saveModel, schedules } from '@certispike/sdk';
import { mnist } from '@certispike/datasets';

const shape = [1, 28, 28];
const inputs = { rate, direct };

/** The paper's network with its rate readout. */
export const describe = ({ network, input, steps }) => paper[network]({ input: inputs[input](shape, { steps }) });

/** How the trained networks are made: quick recipes for robust networks, as sparse as a full training leaves them. */
const recipes = {
  fc: { initialisation: 'ibp', epochs: 2, images: 60_000 },
  conv: { initialisation: 'default', epochs: 3, images: 12_800 },
};

/** The recipe of a workload's trained weights, with the schedules in numbers; it names the file together with the core. */
function recipe({ network, epsilon, steps }) {
  const { initialisation, epochs, images } = recipes[network];
  return {
    initialisation,
    options: {
      method: 's-ibp',
      epochs,
      limit: images,
      batchSize: 128,
      seed: 1,
      steps,
      certifiedSteps: 3,
      epsilon: schedules.linear(0, epsilon, 0.05, 0.65),
      kappa: schedules.linear(1, 0.5, 0.05, 0.65),
      learningRate: 1e-3,
      logitScale: 10,
    },
  };
}

/** What the recipes are, in words for reports. */
export function recipeWords() {
  const words = Object.entries(recipes).map(
    ([network, { epochs, images }]) => `${network.toUpperCase()} ${epochs} epochs of ${images} images`,
  );
  return `fresh: the default initialisation, seed 1; trained: s-ibp, Adam 0.001, T' = 3, ${words.join(', ')}`;
}

/**
 * The weights of a workload as a safetensors file, made where it is missing.
 * @param folder where weights are kept
 * @param log takes a line about what is being done
 */
export async function weightsOf(workload, { folder, log }) {
  const { network, input, weights } = workload;
  const engine = await createEngine();
  try {
    const made = weights === 'fresh' ? { initialisation: 'default' } : recipe(workload);
    const key = JSON.stringify({ ...made, network: describe(workload), core: engine.coreVersion });
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
    const path = join(folder, `${network}-${input}-${weights}-${hash}.safetensors`);
    if (!existsSync(path)) {
      mkdirSync(folder, { recursive: true });
      const model = engine.createModel(describe(workload), { seed: 1, initialisation: made.initialisation });
      const notes = weights === 'fresh' ? {} : await train(engine, model, workload, made.options, log);
      await saveModel(model, path, { notes });
    }
    return path;
  } finally {
    await engine.dispose();
  }
}

async function train(engine, model, { network, input, epsilon }, options, log) {
  const { train: examples, test } = await mnist();
  log(`training ${network} on ${input} input, once ...`);
  let shown = performance.now();
  for await (const event of fit(engine, model, examples, options)) {
    if (event.kind !== 'step' || performance.now() - shown < 15_000) continue;
    shown = performance.now();
    log(`  step ${event.step} of ${event.totalSteps}, ${Math.round(event.secondsLeft)} s left`);
  }
  const { cleanError, certifiedError } = await certify(engine, model, test, {
    region: linf(epsilon),
    bounds: ['s-ibp'],
    limit: 1000,
  });
  log(`  errors on 1000 test images: ${percent(cleanError)} clean, ${percent(certifiedError.sIbp)} not certified`);
  return { cleanError, certifiedError: certifiedError.sIbp };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
