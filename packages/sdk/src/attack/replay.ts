import { regionContains } from '../certify/perturbation.js';
import { judged } from '../certify/strict.js';
import { joined } from '../certify/sweep.js';
import { checkRegion } from '../config/region.js';
import type { CoreModel } from '../engine/core-model.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { type PoolEngine, poolEngine } from '../engine/pool-engine.js';
import { CertispikeError } from '../error.js';
import type { ScoresJob } from '../worker/protocol.js';
import { type AdversarialExample, type AdversarialSet, sizeOfExample } from './adversarial.js';
import { fingerprint } from './fingerprint.js';

/** What became of adversarial examples that were tried again. Arrays have one entry per example, in their order. */
export interface ReplayResult {
  readonly examples: number;
  /** Examples that lie in the region and are not classified correctly. */
  readonly holding: number;
  /** Whether the model is the one that was attacked. */
  readonly isSameModel: boolean;
  readonly perExample: {
    /** 1 where the label's score is not strictly the largest, else 0. */
    readonly fooled: Uint8Array;
    /** 1 where the example lies in the region around its clean input, else 0. */
    readonly contained: Uint8Array;
    readonly predictions: Uint8Array;
    /** `[examples, classes]` */
    readonly scores: Float32Array;
    /** Largest change of a pixel, or places whose spikes differ. */
    readonly distances: Float64Array;
  };
}

/** Examples that go to a worker at once. */
const atOnce = 64;

/**
 * Tries stored adversarial examples again: a plain forward pass of every one, and the region's membership test. It knows
 * nothing of how they were found.
 * @throws CertispikeError `network-mismatch` for examples that are no inputs of the model, `invalid-value`, `disposed`,
 *   `model-busy`, `worker-died`, `core-load`
 * @example
 * ```ts
 * import { attack, linf, replay } from '@certispike/sdk';
 *
 *
 * const found = await attack(engine, model, test, { region: linf(0.06), attack: 'fgsm' });
 * const { examples, holding, isSameModel } = await replay(engine, model, found);
 * console.log(examples === holding, isSameModel); // true true
 * ```
 */
export async function replay(engine: Engine, model: Model, set: AdversarialSet): Promise<ReplayResult> {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  checkSet(set, own);
  const giveBack = own.lendForReading();
  try {
    await inner.loadTraining();
    return await replayed(inner, own, set);
  } finally {
    giveBack();
  }
}

async function replayed(engine: PoolEngine, model: CoreModel, set: AdversarialSet): Promise<ReplayResult> {
  const { kind, steps, seed, presentation, region, shape, adversarial } = set;
  const chunks = Array.from({ length: Math.ceil(adversarial.length / atOnce) }, (_, chunk) =>
    adversarial.slice(chunk * atOnce, (chunk + 1) * atOnce),
  );
  const options = { kind, steps, seed, presentation };
  const outcomes = await Promise.all(
    chunks.map((chunk) => engine.pool.run<ScoresJob>({ model, job: () => job(chunk, options) })),
  );
  const scores = outcomes.length === 0 ? new Float32Array() : joined(outcomes.map((outcome) => outcome.scores));
  const verdicts = adversarial.map(({ label }, index) =>
    judged(scores.subarray(index * model.classes, (index + 1) * model.classes), label),
  );
  const contained = Uint8Array.from(adversarial, ({ clean, values, sample }) =>
    Number(regionContains(engine, region, shape, clean, values, { example: sample, presentation })),
  );
  const fooled = Uint8Array.from(verdicts, ({ correct }) => Number(!correct));
  return {
    examples: adversarial.length,
    holding: fooled.reduce((sum, flag, index) => sum + flag * (contained[index] as number), 0),
    isSameModel: fingerprint(model) === set.fingerprint,
    perExample: {
      fooled,
      contained,
      predictions: Uint8Array.from(verdicts, ({ prediction }) => prediction),
      scores,
      distances: Float64Array.from(adversarial, (example) => distance(kind, example)),
    },
  };
}

function job(chunk: readonly AdversarialExample[], options: object): ScoresJob {
  const examples = {
    samples: Uint32Array.from(chunk, ({ sample }) => sample),
    labels: Uint8Array.from(chunk, ({ label }) => label),
    images: joined(chunk.map(({ values }) => values)),
  };
  return { kind: 'scores', examples, options };
}

/** Largest change of a pixel, or places whose spikes differ. */
export function distance(kind: AdversarialSet['kind'], { clean, values }: AdversarialExample): number {
  const changes = values.map((value, index) => Math.abs(value - (clean[index] as number)));
  return changes.reduce((all, change) => (kind === 'pixels' ? Math.max(all, change) : all + change), 0);
}

function checkSet(set: AdversarialSet, { network, classes }: CoreModel): void {
  const [expected, got] = [network.input.shape, set.shape].map((shape) => shape.join(' x '));
  if (expected !== got) {
    const message = `examples: expected inputs of ${expected} (the network's), got ${got}`;
    throw new CertispikeError('network-mismatch', message);
  }
  checkRegion('examples.region', set.region, network.input);
  if ((set.region.kind === 'linf') !== (set.kind === 'pixels')) {
    throw CertispikeError.expected('invalid-value', 'examples.kind', `inputs of region ${set.region.kind}`, set.kind);
  }
  const size = sizeOfExample(set);
  set.adversarial.forEach(({ clean, values, label }, index) => {
    const wrong = [clean, values].find(({ length }) => length !== size);
    if (wrong !== undefined) {
      const field = `examples.adversarial[${index}]`;
      throw CertispikeError.expected('network-mismatch', field, `${size} numbers`, wrong.length);
    }
    if (label >= classes) {
      const field = `examples.adversarial[${index}].label`;
      throw CertispikeError.expected('network-mismatch', field, `a class from 0 to ${classes - 1}`, label);
    }
  });
}
