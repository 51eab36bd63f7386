import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  certify,
  createEngine,
  direct,
  fit,
  inspectCheckpoint,
  linf,
  paper,
  rate,
  saveModel,
  schedules,
} from '@certispike/sdk';
import { mnist } from '@certispike/datasets';

const shape = [1, 28, 28];
const inputs = { rate, direct };

/** The paper's network with its rate readout. */
export const describe = ({ network, input, steps }) => paper[network]({ input: inputs[input](shape, { steps }) });

/**
 * How the trained networks are made: quick recipes for robust networks, whose neurons are about as often silent or decided
 * as after a full training. `certifiedSteps` of 3 where 10 would take too long.
 */
const recipes = {
  'fc/rate': { epochs: 3, images: 60_000, certifiedSteps: 10, kappa: 0.5, rise: [0.05, 0.7] },
  'fc/direct': { epochs: 4, images: 60_000, certifiedSteps: 10, kappa: 0.3, rise: [0.05, 0.7] },
  'conv/rate': { epochs: 8, images: 12_800, certifiedSteps: 3, kappa: 0.5, rise: [0.1, 0.8] },
  'conv/direct': { epochs: 9, images: 12_800, certifiedSteps: 3, kappa: 0.5, rise: [0.1, 0.8] },
};

/** The recipe of a workload's trained weights, with the schedules in numbers; it names the file. */
function recipe({ network, input, epsilon, steps }) {
  const { epochs, images, certifiedSteps, kappa, rise } = recipes[`${network}/${input}`];
  return {
    initialisation: 'ibp',
    options: {
      method: 's-ibp',
      epochs,
      limit: images,
      batchSize: 128,
      seed: 1,
      steps,
      certifiedSteps,
      epsilon: schedules.linear(0, epsilon, ...rise),
      kappa: schedules.linear(1, kappa, ...rise),
      learningRate: schedules.steps([0, 1e-3], [0.8, 2e-4]),
      logitScale: 10,
    },
  };
}

/** What the recipes are, in words for reports. */
export function recipeWords() {
  const words = Object.entries(recipes).map(
    ([place, { epochs, images, certifiedSteps }]) =>
      `${place} ${epochs} epochs of ${images} images, T' = ${certifiedSteps}`,
  );
  return `fresh: the default initialisation, seed 1; trained: from the ibp initialisation by s-ibp and Adam (${words.join('; ')})`;
}

/** What a file of trained weights says of them: errors on 1000 test images, or undefined for fresh ones. */
export async function errorsOf(path) {
  const { notes } = await inspectCheckpoint(path);
  return notes?.cleanError === undefined ? undefined : notes;
}

/**
 * The weights of a workload as a safetensors file, made where it is missing; an interrupted training goes on.
 * @param folder where weights are kept
 * @param log takes a line about what is being done
 */
export async function weightsOf(workload, { folder, log }) {
  const { network, input, weights } = workload;
  const engine = await createEngine();
  try {
    const made = weights === 'fresh' ? { initialisation: 'default' } : recipe(workload);
    // Not by the core: what is compared over its versions is timed with the same weights.
    const key = JSON.stringify({ ...made, network: describe(workload) });
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
    const path = join(folder, `${network}-${input}-${weights}-${hash}.safetensors`);
    if (!existsSync(path)) {
      mkdirSync(folder, { recursive: true });
      const model = engine.createModel(describe(workload), { seed: 1, initialisation: made.initialisation });
      const checkpoint = { path: `${path}.checkpoint`, everySteps: 100 };
      const options = { ...made.options, checkpoint, resume: true };
      const notes = weights === 'fresh' ? {} : await train(engine, model, workload, options, log);
      await saveModel(model, path, { notes });
      rmSync(checkpoint.path, { force: true });
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
    limit: 1000,
  });
  log(`  errors on 1000 test images: ${percent(cleanError)} clean, ${percent(certifiedError.best)} not certified`);
  return { cleanError, certifiedError: certifiedError.best };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
