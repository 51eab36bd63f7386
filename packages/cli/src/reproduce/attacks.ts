import {
  attack,
  type AttackOptions,
  type Engine,
  type Model,
  type Region,
  saveAdversarial,
  type Source,
} from '@certispike/sdk';
import type { AttackStageRecord } from './record.js';

/** Which examples to attack, and how. */
export interface AttackTask {
  readonly engine: Engine;
  readonly model: Model;
  readonly source: Source;
  readonly region: Region;
  readonly steps: number;
  readonly seed: number;
  /** `standard`, `quick` or the name of a method. */
  readonly attack: string;
  readonly attackSeed: number;
  /** Of the first examples of the source, 1 for those to attack. */
  readonly only: Uint8Array;
  /** Adversarial examples kept. */
  readonly keep: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly fraction: number; readonly detail: string }) => void;
}

/** What became of the examples; arrays in the order of the source. */
export interface AttackOutcome {
  readonly fooled: Uint8Array;
  /** Least margin that was reached; of examples that were not attacked that of the input as it is. */
  readonly margins: Float32Array;
  readonly stages: readonly AttackStageRecord[];
  readonly seconds: number;
  /** Writes the adversarial examples. */
  readonly save: (path: string) => Promise<void>;
}

/** Runs an attack or an ensemble of attacks. */
export async function attackExamples(task: AttackTask): Promise<AttackOutcome> {
  const { engine, model, source, region, steps, seed, only, keep, attackSeed, signal, onProgress } = task;
  const result = await attack(engine, model, source, {
    ...{ region, steps, seed, attackSeed, only, keep, signal },
    attack: task.attack as NonNullable<AttackOptions['attack']>,
    limit: only.length,
    onProgress: ({ done, total, stage, index, stages, fooled }) =>
      onProgress({
        fraction: (index + 1 + done / Math.max(1, total)) / (stages + 1),
        detail: `${stage}: ${done} of ${total}, ${fooled} fooled`,
      }),
  });
  const { fooled, margins } = result.perExample;
  return {
    fooled,
    margins,
    stages: result.stages.map(({ name, iterations, restarts, tried, fooled, zeroGradients, passes, seconds }) => {
      return { name, iterations, restarts, tried, fooled, zero_gradients: zeroGradients, passes, seconds };
    }),
    seconds: result.seconds,
    save: (path) => saveAdversarial(result, path),
  };
}
