import {
  attack,
  type AttackResult,
  type AttackStage,
  audit,
  type CertifyResult,
  type Contradiction,
  type Engine,
  type Model,
  type Region,
  type Source,
} from '@certispike/sdk';
import { type AttackConfig, describeAttack } from './config/attack.js';
import type { DataSet } from './data-set.js';
import type { Meter } from './progress/meter.js';
import { versions } from './versions.js';

/** What one stage did. */
export interface AttackStageRecord extends Pick<
  AttackStage,
  'name' | 'method' | 'iterations' | 'restarts' | 'surrogates' | 'draws'
> {
  /** Examples that no earlier stage had fooled. */
  readonly tried: number;
  readonly fooled: number;
  /** Examples at which the gradient was zero everywhere, which says nothing about robustness. */
  readonly zero_gradients: number;
  /** Forward passes over one example. */
  readonly passes: number;
  readonly seconds: number;
}

/** An example of which a certificate and an attack say opposite things. */
export interface ContradictionRecord {
  /** Key in the data set. */
  readonly example: number;
  readonly label: number;
  readonly kind: 'fooled' | 'margin';
  readonly prediction: number;
  /** Least score margin that the attack reached. */
  readonly reached: number;
  /** What cannot be right, and the margin it promised. */
  readonly bounds: Contradiction['bounds'];
  readonly stage: string | null;
}

/** What `attack` reports; the form of its `--json` output. Errors are fractions of the examples. */
export interface AttackRecord {
  readonly model: string;
  readonly data: string;
  readonly split: string;
  readonly examples: number;
  /** How recordings were cut to frames, and how many were left out as unreadable; null for images. */
  readonly recordings: NonNullable<DataSet['recordings']> | null;
  readonly clean_error: number;
  /** Share of the examples that are wrong or were fooled. */
  readonly attacked_error: number;
  /** By the best of the bounds; null where nothing was certified. */
  readonly certified_error: number | null;
  readonly region: Region;
  /** False for a region of random places: no worst case. */
  readonly worst_case: boolean;
  readonly steps: number;
  readonly seed: number;
  /** In the short form of the command line. */
  readonly attack: string;
  readonly attack_seed: number;
  readonly stages: readonly AttackStageRecord[];
  /** Examples that were attacked: correct ones, and with a certificate only some of those it covers. */
  readonly tried: number;
  readonly fooled: number;
  /** Of those tried and not fooled, the ones at which every gradient was zero everywhere. */
  readonly blind: number;
  /** Certified examples among those tried, as a probe of soundness; null where nothing was certified. */
  readonly probed_certified: number | null;
  /** Empty unless a bound is unsound. */
  readonly contradictions: readonly ContradictionRecord[];
  /** Wall-clock time of the attack, without loading and certifying. */
  readonly seconds: number;
  readonly workers: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** What to attack, and how, with all that is needed. */
export type AttackTask = Pick<
  AttackConfig,
  'data' | 'split' | 'limit' | 'steps' | 'seed' | 'attack' | 'attackSeed' | 'iterations' | 'restarts' | 'draws'
> &
  Partial<Pick<AttackConfig, 'surrogate' | 'probe' | 'batchSize'>> & {
    readonly model: string;
    readonly region: Region;
  };

/** An attack to run. */
export interface Attacking {
  readonly engine: Engine;
  readonly model: Model;
  readonly source: Source;
  readonly recordings?: DataSet['recordings'];
  readonly config: AttackTask;
  /** Of the same examples, region and draws: what it covers is attacked as a probe only, and held against the attack. */
  readonly certificate?: CertifyResult | undefined;
  /** Which examples to attack instead; 1 per example of the source. */
  readonly only?: Uint8Array | undefined;
  /** Adversarial examples kept; all unless given. */
  readonly keep?: number | undefined;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/** What an attack found, in numbers and example by example. */
export interface AttackOutcome {
  readonly record: AttackRecord;
  readonly result: AttackResult;
  /** What attack and certificate say opposite things about; empty without a certificate, and when both are right. */
  readonly contradictions: readonly Contradiction[];
}

/** Attacks the examples of a source, reporting progress. */
export async function runAttack(attacking: Attacking): Promise<AttackOutcome> {
  const { engine, model, source, config, certificate, keep, meter, signal } = attacking;
  const { region, seed, attackSeed, iterations, restarts, surrogate, draws, limit, probe = 500, batchSize } = config;
  const only = attacking.only ?? (certificate && attackedOf(certificate, probe));
  const result = await attack(engine, model, source, {
    region,
    attack: config.attack,
    steps: config.steps ?? model.network.input.steps,
    seed,
    attackSeed,
    ...(iterations !== undefined && { iterations }),
    ...(restarts !== undefined && { restarts }),
    ...(surrogate !== undefined && { surrogates: surrogate }),
    ...(draws !== undefined && { draws }),
    ...(limit !== undefined && { limit }),
    ...(batchSize !== undefined && { batchSize }),
    ...(only !== undefined && { only }),
    ...(keep !== undefined && { keep }),
    signal,
    onProgress: ({ done, total, stage, index, stages, fooled }) =>
      meter.update({
        fraction: (index + 1 + done / total) / (stages + 1),
        detail: `${stage}: ${done} of ${total}, ${fooled} fooled`,
      }),
  });
  const contradictions = certificate === undefined ? [] : audit(certificate, result);
  return { record: recordOf(attacking, result, contradictions), result, contradictions };
}

/**
 * Which examples a table attacks, given their certificates: all that are correct and not certified, and of the certified
 * ones a probe of soundness, half of it those with the least margins, half spread evenly over the others.
 */
export function attackedOf({ perExample, examples }: CertifyResult, probe: number): Uint8Array {
  const { correct, certified, best } = perExample;
  const rivals = best.length / examples;
  const least = (index: number) => Math.min(...best.subarray(index * rivals, (index + 1) * rivals));
  const only = correct.map((flag, index) => Number(flag === 1 && certified[index] !== 1));
  const covered = [...certified.keys()].filter((index) => certified[index] === 1);
  const byMargin = [...covered].sort((left, right) => least(left) - least(right) || left - right);
  const closest = new Set(byMargin.slice(0, Math.ceil(probe / 2)));
  const others = covered.filter((index) => !closest.has(index));
  const wanted = Math.min(others.length, probe - closest.size);
  const spread = Array.from(
    { length: Math.max(0, wanted) },
    (_, at) => others[Math.floor((at * others.length) / wanted)],
  );
  for (const index of [...closest, ...spread]) if (index !== undefined) only[index] = 1;
  return only;
}

function recordOf(
  { engine, config, certificate, recordings }: Attacking,
  result: AttackResult,
  contradictions: readonly Contradiction[],
): AttackRecord {
  const { tried, fooled, zeroGradient } = result.perExample;
  const count = (holds: (index: number) => boolean) =>
    tried.reduce((sum, flag, index) => sum + Number(flag === 1 && holds(index)), 0);
  return {
    model: config.model,
    data: config.data,
    split: config.split,
    examples: result.examples,
    recordings: recordings ?? null,
    clean_error: result.cleanError,
    attacked_error: result.attackedError,
    certified_error: certificate?.certifiedError.best ?? null,
    region: result.region,
    worst_case: result.isWorstCase,
    steps: result.steps,
    seed: result.seed,
    attack: describeAttack(config.attack),
    attack_seed: result.attackSeed,
    stages: result.stages.map(
      ({ name, method, iterations, restarts, surrogates, draws, tried, fooled, zeroGradients, passes, seconds }) => ({
        name,
        method,
        iterations,
        restarts,
        surrogates,
        draws,
        tried,
        fooled,
        zero_gradients: zeroGradients,
        passes,
        seconds,
      }),
    ),
    tried: count(() => true),
    fooled: count((index) => fooled[index] === 1),
    blind: count((index) => zeroGradient[index] === 1),
    probed_certified:
      certificate === undefined ? null : count((index) => certificate.perExample.certified[index] === 1),
    contradictions: contradictions.map(({ sample, label, kind, prediction, reached, bounds, stage }) => ({
      example: sample,
      label,
      kind,
      prediction,
      reached,
      bounds,
      stage: stage === undefined ? null : (result.stages[stage]?.name ?? null),
    })),
    seconds: result.seconds,
    workers: engine.workers,
    versions: versions(engine),
  };
}
