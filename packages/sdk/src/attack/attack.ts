import { errorOf, evaluated, type EvaluateResult } from '../certify/evaluate.js';
import { type Part, sweep } from '../certify/sweep.js';
import {
  type AttackConfig,
  attackConfig,
  type AttackOptions,
  type AttackProgress,
  type AttackStage,
  usesGradients,
} from '../config/attack.js';
import type { Progress } from '../config/certification.js';
import { isWorstCase } from '../config/region.js';
import type { Source } from '../data/source.js';
import type { CoreModel } from '../engine/core-model.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { type PoolEngine, poolEngine } from '../engine/pool-engine.js';
import { CertispikeError } from '../error.js';
import type { AttackJob } from '../worker/protocol.js';
import { type AdversarialExample, type AdversarialSet, sizeOfExample } from './adversarial.js';
import { stagesOf } from './ensemble.js';
import { fingerprint } from './fingerprint.js';
import { selected } from './selection.js';

/** What one stage did. */
export interface StageResult extends AttackStage {
  /** Examples that no earlier stage had fooled. */
  readonly tried: number;
  readonly fooled: number;
  /** Examples whose gradient was zero everywhere under every surrogate: the attack was blind, which is no robustness. */
  readonly zeroGradients: number;
  /** Forward passes over one example each. */
  readonly passes: number;
  /** Wall-clock time. */
  readonly seconds: number;
}

/** Results of every example, in the order of the source. */
export interface AttackedExamples {
  /** Keys in the data set. */
  readonly samples: Uint32Array;
  readonly labels: Uint8Array;
  /** 1 where the clean label's score is strictly the largest, else 0. */
  readonly correct: Uint8Array;
  /** 1 where the example was attacked, else 0. */
  readonly tried: Uint8Array;
  /** 1 where an input of the region was found that is not classified correctly, else 0. */
  readonly fooled: Uint8Array;
  /** The least score margin seen in the region, label minus best rival; that of the clean input where nothing was tried. */
  readonly margins: Float32Array;
  /** Place of the stage that fooled it; 255: none. */
  readonly stage: Uint8Array;
  /** Class of the adversarial example where it was fooled, else of the clean one. */
  readonly predictions: Uint8Array;
  /** 1 where every gradient of every attack on it was zero everywhere, else 0. */
  readonly zeroGradient: Uint8Array;
}

/** What attacks found of a model on some examples. Errors are shares of the examples. */
export interface AttackResult extends AdversarialSet {
  readonly examples: number;
  /** Share of the examples whose label does not have strictly the largest score. */
  readonly cleanError: number;
  /** Share of the examples that are wrong or were fooled; what was not tried counts as not fooled. */
  readonly attackedError: number;
  readonly perExample: AttackedExamples;
  readonly stages: readonly StageResult[];
  /** False for a region of random places. */
  readonly isWorstCase: boolean;
  /** Wall-clock time. */
  readonly seconds: number;
}

/** A stage that fooled no one. */
export const noStage = 255;

/**
 * Looks for inputs of a region around every example that the model gets wrong, by attacks that run one after the other:
 * each stage tries the examples that no earlier one has fooled. What is found holds for the draws of (seed,
 * presentation), as a certificate does, and was confirmed by a plain forward pass and the region's membership test.
 *
 * Examples that are wrong already are not attacked. The result does not depend on the number of workers or the batch size.
 * @throws CertispikeError `invalid-value` (also an attack that does not fit the region or the encoding),
 *   `invalid-description` (options), `invalid-shape` (the source does not fit), `invalid-label`, `aborted`, `disposed`,
 *   `model-busy`, `worker-died`, `core-load`
 * @example
 * ```ts
 * import { attack, linf } from '@certispike/sdk';
 *
 *
 * const found = await attack(engine, model, test, { region: linf(0.06), seed: 7, attack: 'quick' });
 * console.log(found.cleanError <= found.attackedError); // true
 * for (const { name, tried, fooled } of found.stages) console.log(name, tried, fooled);
 * ```
 */
export async function attack(
  engine: Engine,
  model: Model,
  source: Source,
  options: AttackOptions,
): Promise<AttackResult> {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const config = attackConfig(own.network, options);
  const stages = stagesOf(config, own.network);
  const giveBack = own.lendForReading();
  try {
    await inner.loadTraining();
    return await new Campaign({ engine: inner, model: own, source, config, stages }).run();
  } finally {
    giveBack();
  }
}

interface Order {
  readonly engine: PoolEngine;
  readonly model: CoreModel;
  readonly source: Source;
  readonly config: AttackConfig;
  readonly stages: readonly AttackStage[];
}

/** One call of {@link attack}. */
class Campaign {
  readonly #order: Order;
  readonly #kind: 'pixels' | 'spikes';
  readonly #adversarial: AdversarialExample[] = [];
  #fooled = 0;

  constructor(order: Order) {
    this.#order = order;
    this.#kind = order.config.region.kind === 'linf' ? 'pixels' : 'spikes';
  }

  async run(): Promise<AttackResult> {
    const start = performance.now();
    const { engine, model, source, config, stages } = this.#order;
    const { steps, seed, presentation, region, attackSeed, only, keep } = config;
    const clean = await evaluated(engine, model, source, { ...config, onProgress: this.#report('clean', -1) });
    checkOnly(only, clean.examples);
    const tried = clean.correct.map((correct, index) => Number(correct === 1 && only?.[index] !== 0));
    const perExample: AttackedExamples = {
      samples: clean.samples,
      labels: clean.labels,
      correct: clean.correct,
      tried,
      fooled: new Uint8Array(clean.examples),
      margins: cleanMargins(clean, model.classes),
      stage: new Uint8Array(clean.examples).fill(noStage),
      predictions: clean.predictions.slice(),
      // Until a gradient is seen.
      zeroGradient: tried.map((flag) => Number(flag === 1 && stages.some(climbs))),
    };
    const results: StageResult[] = [];
    for (const index of stages.keys()) results.push(await this.#stage(index, perExample));
    this.#adversarial.sort((left, right) => left.index - right.index);
    return {
      examples: clean.examples,
      cleanError: clean.cleanError,
      attackedError: errorOf(clean.correct.map((correct, index) => Number(correct && !perExample.fooled[index]))),
      perExample,
      stages: results,
      adversarial: this.#adversarial.slice(0, keep),
      kind: this.#kind,
      shape: model.network.input.shape,
      region,
      isWorstCase: isWorstCase(region),
      steps,
      seed,
      presentation,
      attackSeed,
      fingerprint: fingerprint(model),
      seconds: (performance.now() - start) / 1000,
    };
  }

  async #stage(index: number, perExample: AttackedExamples): Promise<StageResult> {
    const start = performance.now();
    const { source, stages } = this.#order;
    const stage = stages[index] as AttackStage;
    const { tried, fooled } = perExample;
    const open = [...tried.keys()].filter((example) => tried[example] === 1 && fooled[example] === 0);
    const parts = open.length === 0 ? [] : await this.#swept(index, selected(source, open));
    const before = this.#fooled;
    let [zeroGradients, passes, next] = [0, 0, 0];
    for (const { examples, outcome } of parts) {
      passes += outcome.passes;
      const places = open.slice(next, (next += examples.samples.length));
      zeroGradients += this.#enter(index, { examples, outcome }, places, perExample);
    }
    return {
      ...stage,
      tried: open.length,
      fooled: this.#fooled - before,
      zeroGradients,
      passes,
      seconds: (performance.now() - start) / 1000,
    };
  }

  #swept(index: number, source: Source): Promise<readonly Part<AttackJob>[]> {
    const { engine, model, config, stages } = this.#order;
    const { steps, seed, presentation, region, attackSeed } = config;
    const { name, method, iterations, restarts, surrogates, draws } = stages[index] as AttackStage;
    // A method that comes twice has to begin elsewhere the second time.
    const own = attackSeed * 2 ** 16 + index;
    const options = { steps, seed, presentation, region, iterations, restarts, surrogates, draws };
    const run = { ...config, limit: Number.MAX_SAFE_INTEGER, onProgress: this.#report(name, index) };
    return sweep<AttackJob>(engine, model, source, run, (examples) => ({
      kind: 'attack',
      examples,
      drawn: this.#kind === 'spikes' && model.network.input.encoding === 'rate',
      options: { ...options, attack: method, attackSeed: own },
    }));
  }

  /** Takes over what a part found; returns in how many examples the gradient was zero everywhere. */
  #enter(
    stage: number,
    { examples, outcome }: Part<AttackJob>,
    places: readonly number[],
    perExample: AttackedExamples,
  ): number {
    const { margins, fooled, predictions, zeroGradient } = perExample;
    const { network } = this.#order.model;
    const size = sizeOfExample({ kind: this.#kind, shape: network.input.shape, steps: this.#order.config.steps });
    const input = examples.images.length / examples.samples.length;
    const isGuided = climbs(this.#order.stages[stage] as AttackStage);
    let [found, zeros] = [0, 0];
    places.forEach((index, place) => {
      margins[index] = Math.min(margins[index] as number, outcome.margins[place] as number);
      if (isGuided && outcome.zeroGradient[place] === 1) zeros += 1;
      else if (isGuided) zeroGradient[index] = 0;
      if (outcome.fooled[place] !== 1) return;
      const cut = { start: found * size, end: (found + 1) * size };
      const { clean } = outcome;
      found += 1;
      this.#fooled += 1;
      fooled[index] = 1;
      zeroGradient[index] = 0;
      perExample.stage[index] = stage;
      predictions[index] = outcome.predictions[place] as number;
      this.#adversarial.push({
        index,
        sample: examples.samples[place] as number,
        label: examples.labels[place] as number,
        prediction: outcome.predictions[place] as number,
        stage,
        // A recording may have more steps than are shown.
        clean:
          clean === undefined
            ? examples.images.slice(place * input, place * input + size)
            : clean.slice(cut.start, cut.end),
        values: outcome.examples.slice(cut.start, cut.end),
      });
    });
    this.#trim();
    return zeros;
  }

  /** What nobody wants to keep goes as soon as there is much of it: an example may be a megabyte. */
  #trim(): void {
    const { keep } = this.#order.config;
    if (this.#adversarial.length <= 2 * keep) return;
    this.#adversarial.sort((left, right) => left.index - right.index).length = keep;
  }

  #report(stage: string, index: number): (progress: Progress) => void {
    const { config, stages } = this.#order;
    return (progress) => {
      const whole: AttackProgress = { ...progress, stage, index, stages: stages.length, fooled: this.#fooled };
      config.onProgress?.(whole);
    };
  }
}

function climbs({ method }: AttackStage): boolean {
  return usesGradients(method);
}

function checkOnly(only: Uint8Array | undefined, examples: number): void {
  if (only === undefined || only.length >= examples) return;
  throw CertispikeError.expected('invalid-shape', 'options.only.length', `one per example (${examples})`, only.length);
}

/** Per example the label's score less the largest of the others. */
function cleanMargins({ scores, labels }: EvaluateResult, classes: number): Float32Array {
  return Float32Array.from(labels, (label, index) => {
    const row = scores.subarray(index * classes, (index + 1) * classes);
    const own = row[label] as number;
    return row.reduce((least, score, rival) => (rival === label ? least : Math.min(least, own - score)), Infinity);
  });
}
