import { boundsOf } from '../config/training.js';
import { certifyConfig, runConfig } from '../config/certification.js';
import { resized } from '../config/region.js';
import { certified } from '../certify/certify.js';
import { evaluated } from '../certify/evaluate.js';
import type { BestValidation, Validation } from '../checkpoint/metadata.js';
import type { Source } from '../data/source.js';
import type { PoolEngine } from '../engine/pool-engine.js';
import { scheduledValues } from './objective.js';
import type { Plan } from './plan.js';

/** The model on the validation set, at the final epsilon. */
export async function validate(
  engine: PoolEngine,
  { model, config, signal }: Plan,
  source: Source,
): Promise<Validation> {
  const { epsilon, steps } = scheduledValues(config, 1);
  const run = { steps, seed: config.validationSeed, ...(signal === undefined ? {} : { signal }) };
  if (config.method === 'natural') {
    const { examples, cleanError } = await evaluated(engine, model, source, runConfig(model.network, run));
    return { examples, cleanError };
  }
  const options = certifyConfig(model.network, {
    ...run,
    region: resized(config.region, epsilon),
    bounds: boundsOf(config.method),
    relaxation: config.relaxation,
    coupling: config.coupling,
    rounding: 'nearest',
  });
  const { examples, cleanError, certifiedError } = await certified(engine, model, source, options);
  return { examples, cleanError, certifiedError: certifiedError.best, epsilon };
}

/** Whether a validation is better than the best before it; of equal ones the first stays. */
export function isBetter(validation: Validation, best: BestValidation | null): boolean {
  if (best === null) return true;
  const certifiedGain = (best.certifiedError ?? 0) - (validation.certifiedError ?? 0);
  return certifiedGain > 0 || (certifiedGain === 0 && validation.cleanError < best.cleanError);
}
