import type { CertifyResult, Engine, Model, Source } from '@certispike/sdk';
import { certify, openNeurons } from '@certispike/sdk';
import { shortRegion, sizeOf } from '../config/region.js';
import { describeLayer } from '../description.js';
import type { Meter } from '../progress/meter.js';
import { resultName, type ResultPlan } from './plan.js';
import type { OpenRecord, PerExampleRecord, ResultRecord } from './record.js';
import { wilson } from './wilson.js';

/** What to certify, with all that is needed. */
export interface CertifiedTask {
  readonly engine: Engine;
  readonly model: Model;
  readonly source: Source;
  readonly plan: ResultPlan;
  /** The call that repeats it, given the region, the steps, the seed and the number of examples. */
  readonly command: (words: string) => string;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/** A result before anything is attacked, and its single examples. */
export interface Certified {
  readonly result: ResultRecord;
  readonly examples: PerExampleRecord;
}

/** Certifies the examples that a result speaks of, by both bounds, rounded outward, and counts open neurons. */
export async function certifyResult(task: CertifiedTask): Promise<Certified> {
  const { engine, model, source, plan, command, meter, signal } = task;
  const steps = plan.steps ?? model.network.input.steps;
  const found = await certify(engine, model, source, {
    region: plan.region,
    steps,
    seed: plan.seed,
    ...(plan.limit === null ? {} : { limit: plan.limit }),
    signal,
    onProgress: ({ done, total }) => meter.update({ fraction: done / total, detail: `${done} of ${total}` }),
  });
  const examples = perExample(found);
  const region = shortRegion(plan.region);
  const words = `--region ${region} --steps ${steps} --seed ${plan.seed} --limit ${found.examples}`;
  const open = plan.open === 0 ? null : await openRecord(task, steps);
  return { result: { ...recorded(plan, found, command(words)), open }, examples };
}

/** Which neurons S-IBP leaves undecided. */
async function openRecord({ engine, model, source, plan, signal }: CertifiedTask, steps: number): Promise<OpenRecord> {
  const { region, seed, open: limit } = plan;
  const found = await openNeurons(engine, model, source, { region, steps, seed, limit, signal });
  const { layers } = model.network;
  return {
    examples: found.examples,
    layers: found.layers.map(({ index, neurons, open }) => {
      const layer = layers[index];
      return { name: `${index}: ${layer === undefined ? '' : describeLayer(layer)}`, neurons, steps: [...open] };
    }),
  };
}

function recorded(plan: ResultPlan, found: CertifyResult, command: string): ResultRecord {
  const { examples, cleanError, certifiedError, steps } = found;
  const { sIbp, sCrown, best } = certifiedError;
  const name = resultName(plan, steps);
  const interval = (error: number | undefined) => (error === undefined ? null : wilson(error, examples));
  return {
    name,
    purpose: plan.purpose,
    region: shortRegion(plan.region),
    region_full: plan.region,
    size: sizeOf(plan.region),
    steps,
    seed: plan.seed,
    examples,
    clean_error: cleanError,
    attacked_error: null,
    certified_error: best,
    s_ibp_error: sIbp ?? null,
    s_crown_error: sCrown ?? null,
    intervals: {
      clean: wilson(cleanError, examples),
      attacked: null,
      certified: wilson(best, examples),
      s_ibp: interval(sIbp),
      s_crown: interval(sCrown),
    },
    attack: null,
    per_example: `${name}.json`,
    adversarial: null,
    open: null,
    seconds: found.seconds,
    command,
  };
}

function perExample({ perExample: found, examples }: CertifyResult): PerExampleRecord {
  const { samples, labels, predictions, correct, certified, sIbp, sCrown, best } = found;
  return {
    sample: [...samples],
    label: [...labels],
    prediction: [...predictions],
    correct: [...correct],
    certified: [...certified],
    margin_s_ibp: sIbp.length === 0 ? null : least(sIbp, examples),
    margin_s_crown: sCrown.length === 0 ? null : least(sCrown, examples),
    margin: least(best, examples),
    attack_margin: null,
    tried: null,
    fooled: null,
  };
}

/** The least of each example's margins; null where one of them is not finite and so none is known. */
function least(margins: Float32Array, examples: number): (number | null)[] {
  const rivals = margins.length / examples;
  return Array.from({ length: examples }, (_, index) => {
    const own = margins.subarray(index * rivals, (index + 1) * rivals);
    return own.every((margin) => Number.isFinite(margin)) ? own.reduce((a, b) => Math.min(a, b), Infinity) : null;
  });
}

/** The first examples of a result, as a result of its own: nothing is computed anew. */
export function firstExamples({ result, examples }: Certified, plan: ResultPlan, count: number): Certified {
  const cut = <Value>(values: readonly Value[]) => values.slice(0, count);
  const part: PerExampleRecord = {
    sample: cut(examples.sample),
    label: cut(examples.label),
    prediction: cut(examples.prediction),
    correct: cut(examples.correct),
    certified: cut(examples.certified),
    margin_s_ibp: examples.margin_s_ibp && cut(examples.margin_s_ibp),
    margin_s_crown: examples.margin_s_crown && cut(examples.margin_s_crown),
    margin: cut(examples.margin),
    attack_margin: null,
    tried: null,
    fooled: null,
  };
  const name = resultName(plan, result.steps);
  const proved = (margins: readonly (number | null)[]) =>
    part.correct.map((correct, index) => Number(correct === 1 && (margins[index] ?? 0) > 0));
  const errors = {
    clean: errorOf(part.correct),
    certified: errorOf(part.certified),
    s_ibp: part.margin_s_ibp && errorOf(proved(part.margin_s_ibp)),
    s_crown: part.margin_s_crown && errorOf(proved(part.margin_s_crown)),
  };
  const size = part.sample.length;
  return {
    examples: part,
    result: {
      ...result,
      name,
      purpose: plan.purpose,
      examples: size,
      clean_error: errors.clean,
      certified_error: errors.certified,
      s_ibp_error: errors.s_ibp,
      s_crown_error: errors.s_crown,
      intervals: {
        clean: wilson(errors.clean, size),
        attacked: null,
        certified: wilson(errors.certified, size),
        s_ibp: errors.s_ibp === null ? null : wilson(errors.s_ibp, size),
        s_crown: errors.s_crown === null ? null : wilson(errors.s_crown, size),
      },
      per_example: `${name}.json`,
      attacked_error: null,
      attack: null,
      adversarial: null,
      open: null,
    },
  };
}

/** The share of zeros. */
export function errorOf(holds: readonly number[]): number {
  return holds.filter((value) => value === 0).length / holds.length;
}
