import { certify, evaluate, fit, linf } from '@certispike/sdk';
import { repeated } from './batch.mjs';
import { isBounded, isStep } from './workloads.mjs';

/** Batches in an epoch that never ends within a measurement. */
const endless = 1_000_000;

/** What `fit` calls the steps. */
export const methods = {
  'natural-step': 'natural',
  's-ibp-step': 's-ibp',
  's-crown-step': 's-crown',
  's-crown-fused-step': 's-crown-fused',
};

/**
 * A workload on an engine of ours, through the public SDK: `run` does all of it once and resolves to what it gave.
 * The draws of a rate code are made anew in every run, from the same seed, so that every run has to give the same bits.
 */
export function openTask(engine, model, workload, batch) {
  return isStep(workload) ? steps(engine, model, workload, batch) : evaluation(engine, model, workload, batch);
}

/** One step of `fit` per run: reading the batch, forward, backward, merging, optimiser. */
function steps(engine, model, workload, batch) {
  const events = fit(engine, model, repeated(batch, endless), stepOptions(workload, batch));
  return {
    async run() {
      const { value } = await events.next();
      return { loss: value.loss, gradientNorm: value.gradientNorm, cleanError: value.cleanError };
    },
    close: () => events.return(),
  };
}

/** What `fit` is asked for. */
export function stepOptions(workload, batch) {
  const { name, steps: count, certifiedSteps, epsilon, kappa, beta, scale, learningRate } = workload;
  return {
    method: methods[name],
    epochs: 1,
    batchSize: batch.samples.length,
    seed: 1,
    steps: count,
    certifiedSteps,
    logitScale: scale,
    learningRate,
    ...(isBounded(workload) ? { epsilon, kappa, beta } : {}),
  };
}

/** One call of `evaluate` or `certify` per run. */
function evaluation(engine, model, workload, batch) {
  const source = repeated(batch, 1);
  const shared = { steps: workload.steps, seed: 1, batchSize: batch.samples.length };
  const bounds = workload.name === 's-crown-eval' ? ['s-ibp', 's-crown'] : ['s-ibp'];
  return {
    async run() {
      if (!isBounded(workload)) return { scores: (await evaluate(engine, model, source, shared)).scores };
      const result = await certify(engine, model, source, { ...shared, region: linf(workload.epsilon), bounds });
      const { scores, sIbp, sCrown } = result.perExample;
      return { scores, sIbp, sCrown };
    },
    close: () => Promise.resolve(),
  };
}
