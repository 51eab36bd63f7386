import { type RunConfig, runConfig, type RunOptions } from '../config/certification.js';
import type { Source } from '../data/source.js';
import type { CoreModel } from '../engine/core-model.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { type PoolEngine, poolEngine } from '../engine/pool-engine.js';
import type { PredictJob } from '../worker/protocol.js';
import { joined, type Part, sweep } from './sweep.js';
import { judged } from './strict.js';

/** How well a model tells the classes apart. */
export interface EvaluateResult {
  readonly examples: number;
  /** Share of the examples whose label does not have strictly the largest score. */
  readonly cleanError: number;
  /** Per example, in the order of the source, its key in the data set. */
  readonly samples: Uint32Array;
  readonly labels: Uint8Array;
  /** Class with the largest score, the first of several. */
  readonly predictions: Uint8Array;
  /** 1 where the label's score is strictly the largest, else 0. */
  readonly correct: Uint8Array;
  /** `[examples, classes]` */
  readonly scores: Float32Array;
  readonly steps: number;
  readonly seed: number;
  readonly presentation: number;
  /** Wall-clock time. */
  readonly seconds: number;
}

/**
 * Predicts the classes of a source's examples.
 *
 * The result depends on model, examples, steps, seed and presentation alone, not on the number of workers or the batch
 * size.
 * @throws CertispikeError `invalid-value`, `invalid-description` (options), `invalid-shape` (the source does not fit),
 *   `invalid-label`, `aborted`, `disposed`, `model-busy`, `worker-died`
 * @example
 * ```ts
 * import { evaluate } from '@certispike/sdk';
 *
 *
 * const { cleanError, predictions, scores } = await evaluate(engine, model, test, { seed: 7, limit: 4 });
 * console.log(predictions.length, scores.length); // 4 40
 * ```
 */
export async function evaluate(
  engine: Engine,
  model: Model,
  source: Source,
  options: RunOptions = {},
): Promise<EvaluateResult> {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const config = runConfig(own.network, options);
  const giveBack = own.lendForReading();
  try {
    return await evaluated(inner, own, source, config);
  } finally {
    giveBack();
  }
}

/** {@link evaluate} for a caller that has the model already. */
export async function evaluated(
  engine: PoolEngine,
  model: CoreModel,
  source: Source,
  config: RunConfig,
): Promise<EvaluateResult> {
  const start = performance.now();
  const { steps, seed, presentation } = config;
  const options = { steps, seed, presentation };
  const parts = await sweep<PredictJob>(engine, model, source, config, (examples) => ({
    kind: 'predict',
    examples,
    options,
  }));
  return {
    ...verdicts(parts, model.classes),
    steps,
    seed,
    presentation,
    seconds: (performance.now() - start) / 1000,
  };
}

/** What the scores say of every example. */
export function verdicts(
  parts: readonly Pick<Part<PredictJob>, 'examples' | 'outcome'>[],
  classes: number,
): Pick<EvaluateResult, 'examples' | 'cleanError' | 'samples' | 'labels' | 'predictions' | 'correct' | 'scores'> {
  const labels = joined(parts.map(({ examples }) => examples.labels));
  const scores = joined(parts.map(({ outcome }) => outcome.scores));
  const all = Array.from(labels, (label, index) =>
    judged(scores.subarray(index * classes, (index + 1) * classes), label),
  );
  const correct = Uint8Array.from(all, (verdict) => Number(verdict.correct));
  return {
    examples: labels.length,
    cleanError: errorOf(correct),
    samples: joined(parts.map(({ examples }) => examples.samples)),
    labels,
    predictions: Uint8Array.from(all, ({ prediction }) => prediction),
    correct,
    scores,
  };
}

/** The share of zeros among zeros and ones. */
export function errorOf(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + 1 - flag, 0) / flags.length;
}
