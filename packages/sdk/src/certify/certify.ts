import { certifyConfig, type CertifyConfig, type CertifyOptions } from '../config/certification.js';
import { isWorstCase, type Region } from '../config/region.js';
import type { Source } from '../data/source.js';
import type { CoreModel } from '../engine/core-model.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { type PoolEngine, poolEngine } from '../engine/pool-engine.js';
import type { CertifyJob } from '../worker/protocol.js';
import { errorOf, verdicts } from './evaluate.js';
import { larger, proves } from './strict.js';
import { joined, sweep } from './sweep.js';

/** Results of every example, in the order of the source. */
export interface ExampleResults {
  /** Keys in the data set. */
  readonly samples: Uint32Array;
  readonly labels: Uint8Array;
  /** Class with the largest score, the first of several. */
  readonly predictions: Uint8Array;
  /** 1 where the label's score is strictly the largest, else 0. */
  readonly correct: Uint8Array;
  /** `[examples, classes]` */
  readonly scores: Float32Array;
  /**
   * S-IBP's lower bounds of score(label) - score(rival), `[examples, classes - 1]`, rivals ascending without the label.
   * NaN and infinity mean unknown. Empty when it was not asked for.
   */
  readonly sIbp: Float32Array;
  /** S-CROWN's, in the same form. */
  readonly sCrown: Float32Array;
  /** Per rival the larger of the bounds asked for. */
  readonly best: Float32Array;
  /** 1 where the example is correct and all margins in `best` are finite and above 0, else 0. */
  readonly certified: Uint8Array;
}

/** What is proved of a model on some examples. Errors are shares of the examples. */
export interface CertifyResult {
  readonly examples: number;
  /** Share of the examples whose label does not have strictly the largest score. */
  readonly cleanError: number;
  /** Share of the examples not proved correct for all inputs of the region; undefined for a bound not asked for. */
  readonly certifiedError: {
    readonly sIbp: number | undefined;
    readonly sCrown: number | undefined;
    /** By the larger of the bounds per rival class. */
    readonly best: number;
  };
  readonly perExample: ExampleResults;
  readonly region: Region;
  /** False for a region of random places: what is proved holds for the places that were drawn. */
  readonly isWorstCase: boolean;
  readonly steps: number;
  readonly seed: number;
  readonly presentation: number;
  readonly relaxation: 'paper' | 'joint';
  readonly coupling: 'coupled' | 'per-step';
  readonly rounding: 'outward' | 'nearest';
  /** Wall-clock time. */
  readonly seconds: number;
}

/**
 * Proves predictions correct over a region around every example, by S-IBP and S-CROWN (Liang et al. 2022, sections 4
 * and 5), for the draws of (seed, presentation).
 *
 * An example counts as certified when it is predicted correctly and all of its margin bounds are finite and above 0. The
 * result does not depend on the number of workers or the batch size.
 * @throws CertispikeError `invalid-value`, `invalid-description` (options), `invalid-shape` (the source does not fit),
 *   `invalid-label`, `aborted`, `disposed`, `model-busy`, `worker-died`
 * @example
 * ```ts
 * import { certify, linf } from '@certispike/sdk';
 *
 *
 * const result = await certify(engine, model, test, { region: linf(0.06), seed: 7 });
 * const { sIbp, sCrown, best } = result.certifiedError;
 * console.log(result.cleanError <= best); // true
 * const proved = result.perExample.samples.filter((_, index) => result.perExample.certified[index] === 1);
 * ```
 */
export async function certify(
  engine: Engine,
  model: Model,
  source: Source,
  options: CertifyOptions,
): Promise<CertifyResult> {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const config = certifyConfig(own.network, options);
  const giveBack = own.lendForReading();
  try {
    return await certified(inner, own, source, config);
  } finally {
    giveBack();
  }
}

/** {@link certify} for a caller that has the model already. */
export async function certified(
  engine: PoolEngine,
  model: CoreModel,
  source: Source,
  config: CertifyConfig,
): Promise<CertifyResult> {
  const start = performance.now();
  const { steps, seed, presentation, region, bounds, relaxation, coupling, rounding } = config;
  const options = { steps, seed, presentation, region, bounds, relaxation, coupling, rounding };
  const parts = await sweep<CertifyJob>(engine, model, source, config, (examples) => ({
    kind: 'certify',
    examples,
    options,
  }));
  const { examples, cleanError, ...perExample } = verdicts(parts, model.classes);
  const ibp = joined(parts.map(({ outcome }) => outcome.ibp));
  const crown = joined(parts.map(({ outcome }) => outcome.crown));
  const asked = { sIbp: bounds.includes('s-ibp'), sCrown: bounds.includes('s-crown') };
  const best = asked.sIbp && asked.sCrown ? larger(ibp, crown) : asked.sCrown ? crown : ibp;

  const proved = (margins: Float32Array) => {
    const rivals = model.classes - 1;
    const provesAt = (index: number) => proves(margins.subarray(index * rivals, (index + 1) * rivals));
    return perExample.correct.map((correct, index) => Number(correct === 1 && provesAt(index)));
  };
  const certifiedBest = proved(best);
  return {
    examples,
    cleanError,
    certifiedError: {
      sIbp: asked.sIbp ? errorOf(proved(ibp)) : undefined,
      sCrown: asked.sCrown ? errorOf(proved(crown)) : undefined,
      best: errorOf(certifiedBest),
    },
    perExample: {
      ...perExample,
      sIbp: asked.sIbp ? ibp : new Float32Array(),
      sCrown: asked.sCrown ? crown : new Float32Array(),
      best,
      certified: certifiedBest,
    },
    region,
    isWorstCase: isWorstCase(region),
    steps,
    seed,
    presentation,
    relaxation,
    coupling,
    rounding,
    seconds: (performance.now() - start) / 1000,
  };
}
