import type { Source } from '../data/source.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import type { FitEvent, FitOptions, FitResult } from './events.js';
import { planned } from './plan.js';
import { Training } from './training.js';

/**
 * Trains a model, naturally or with certified bounds (Liang et al. 2022, section 4), from the weights it has.
 *
 * Slices of a batch are summed in a fixed order, and every random number is keyed by what it is for: the same model,
 * data and options give the same bits for any number of workers, in Node and in browsers, interrupted or not. Epoch
 * numbers key the draws of a rate code, so every presentation has new ones.
 *
 * Run it to the end with `for await`; leaving the loop ends the training, after writing a checkpoint where one is kept.
 * While it runs, the model cannot be used by other calls (`model-busy`).
 *
 * With `keep: 'best'` the model ends with the weights of the best validation. Validation is always at the final epsilon,
 * so that errors of different epochs compare; by S-IBP for `s-ibp`, by the better of both bounds for the other methods;
 * plainly rounded.
 * @throws CertispikeError at once: `invalid-value`, `invalid-description`, `invalid-shape`, `disposed`, `unsupported`;
 *   while running: `model-busy`, `aborted`, `disposed`, `invalid-label`, `training-diverged`, `worker-died`,
 *   `resume-mismatch`, `invalid-checkpoint`, and those of the file system
 * @example
 * ```ts
 * import { fit, schedules } from '@certispike/sdk';
 *
 *
 * const epsilon = schedules.linear(0, 0.06, 0.05, 0.65);
 * const checkpoint = { path: 'training.safetensors' };
 * for await (const event of fit(engine, model, train, { method: 's-ibp', epochs: 4, epsilon, checkpoint })) {
 *   if (event.kind === 'epoch') console.log(event.epoch, event.loss);
 * }
 * ```
 */
export function fit(
  engine: Engine,
  model: Model,
  train: Source,
  options: FitOptions,
): AsyncGenerator<FitEvent, FitResult, undefined> {
  const inner = poolEngine(engine);
  const plan = planned(inner.own(model), train, options);
  return run(new Training(inner, plan));
}

async function* run(training: Training): AsyncGenerator<FitEvent, FitResult, undefined> {
  await training.begin();
  try {
    yield* training.epochs();
    return training.result();
  } finally {
    await training.end();
  }
}
