import type { Batch } from '../data/source.js';
import type { CoreModel } from '../engine/core-model.js';
import type { Pool } from '../pool/pool.js';
import type { GradientJob, GradientOutcome } from '../worker/protocol.js';
import type { StepMemory } from './step-memory.js';

/** Sums of the core over some examples. */
export interface Statistics {
  readonly loss: number;
  readonly naturalLoss: number;
  readonly certifiedLoss: number;
  readonly adversarialLoss: number;
  /** What the regularisers add to the loss. */
  readonly regularisation: number;
  /** Examples whose label has strictly the largest score. */
  readonly correct: number;
  /** Examples certified by the best of the bounds computed. */
  readonly certified: number;
  /** Examples whose label has strictly the largest score at the adversarial point. */
  readonly robust: number;
}

/** The statistics in the order in which the core gives them; what has no name is not asked for. */
const order = [
  'loss',
  'naturalLoss',
  'certifiedLoss',
  'correct',
  undefined,
  'certified',
  'adversarialLoss',
  'robust',
  'regularisation',
] as const;

/** Sums over nothing. */
export const noStatistics: Statistics = {
  loss: 0,
  naturalLoss: 0,
  certifiedLoss: 0,
  adversarialLoss: 0,
  regularisation: 0,
  correct: 0,
  certified: 0,
  robust: 0,
};

/** Name by name. */
export function added(left: Statistics, right: Statistics): Statistics {
  const names = Object.keys(noStatistics) as (keyof Statistics)[];
  return Object.fromEntries(names.map((name) => [name, left[name] + right[name]])) as unknown as Statistics;
}

/** Parts of a batch's gradient, in the order of the merge tree; good until the next ones are computed. */
export interface GradientParts {
  readonly parts: readonly Float32Array[];
  /** Leaves of the tree that merges the parts: a power of two. */
  readonly leaves: number;
  readonly statistics: Statistics;
}

/** What the workers are to compute. */
export interface GradientTask {
  readonly model: CoreModel;
  readonly batch: Batch;
  /** Slices of a batch, a power of two. */
  readonly slices: number;
  readonly objective: object;
  readonly memory: StepMemory;
}

/**
 * The gradient over a batch, computed by all workers. The slices are those of the batch's size, whoever computes them: a
 * worker takes an aligned part of the tree ((0+1)+(2+3)), and the caller merges the parts as the tree goes on.
 */
export async function gradientParts(
  pool: Pool,
  { model, batch, slices, objective, memory }: GradientTask,
  signal?: AbortSignal,
): Promise<GradientParts> {
  const bounds = sliceBounds(batch.samples.length, slices);
  const leaves = Math.min(slices, powerOfTwo(pool.size));
  const perLeaf = slices / leaves;
  const examples = memory.examples(batch);
  const jobs: Promise<GradientOutcome>[] = [];
  for (let start = 0; start < bounds.length; start += perLeaf) {
    const own = bounds.slice(start, start + perLeaf);
    const part = jobs.length;
    let attempts = 0;
    const job = (): GradientJob => {
      if ((attempts += 1) > 1) memory.abandon(part);
      return {
        kind: 'gradient',
        slices: own.map(([from, to]) => examples(from, to)),
        objective,
        target: memory.target(part),
      };
    };
    jobs.push(pool.run<GradientJob>({ model, job }, signal));
  }
  const outcomes = await Promise.all(jobs);
  const parts = outcomes.map(({ gradient }, part) => gradient ?? (memory.target(part) as Float32Array));
  return { parts, leaves, statistics: summed(outcomes) };
}

/** The slices of a batch: as equal as can be, the larger ones first, empty ones left out. */
export function sliceBounds(examples: number, slices: number): readonly (readonly [from: number, to: number])[] {
  const small = Math.floor(examples / slices);
  const larger = examples % slices;
  const edge = (slice: number) => slice * small + Math.min(slice, larger);
  const all = Array.from({ length: slices }, (_, slice) => [edge(slice), edge(slice + 1)] as const);
  return all.filter(([from, to]) => to > from);
}

/** Sums in the order of the slices. */
function summed(parts: readonly GradientOutcome[]): Statistics {
  return parts
    .flatMap(({ statistics }) => statistics)
    .map(named)
    .reduce(added, noStatistics);
}

/** The core's sums over a slice by their names. */
function named(sums: Float64Array): Statistics {
  const of = (name: (typeof order)[number]) => sums[order.indexOf(name)] ?? 0;
  return {
    loss: of('loss'),
    naturalLoss: of('naturalLoss'),
    certifiedLoss: of('certifiedLoss'),
    adversarialLoss: of('adversarialLoss'),
    regularisation: of('regularisation'),
    correct: of('correct'),
    certified: of('certified'),
    robust: of('robust'),
  };
}

/** The smallest power of two that is not below `count`. */
function powerOfTwo(count: number): number {
  return 2 ** (32 - Math.clz32(count - 1));
}
