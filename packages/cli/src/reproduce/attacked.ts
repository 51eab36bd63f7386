import type { Engine, Model, Source } from '@certispike/sdk';
import { CliError } from '../failure.js';
import type { Meter } from '../progress/meter.js';
import { attackExamples, type AttackOutcome } from './attacks.js';
import { type Certified, errorOf } from './certified.js';
import type { AttackPlan } from './plan.js';
import type { PerExampleRecord } from './record.js';
import type { UnitFolder } from './unit-folder.js';
import { wilson } from './wilson.js';

/** Adversarial examples kept of a point of a curve; the table's are kept all. */
const fewExamples = 100;

/** A certified example was led astray inside its region: a bound is wrong. */
export class UnsoundBound extends CliError {
  constructor(message: string) {
    super('unsound-bound', message);
  }
}

/** What to attack, with all that is needed. */
export interface AttackedTask {
  readonly engine: Engine;
  readonly model: Model;
  readonly source: Source;
  readonly folder: UnitFolder;
  readonly certified: Certified;
  readonly plan: AttackPlan;
  /** What is known of the same examples in smaller and larger regions of the same kind. */
  readonly neighbours: Neighbours;
  readonly command: string;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/**
 * Whatever fools an example in a region does so in every larger one. So examples fooled in a smaller region are taken over,
 * and of those that a larger one spared none is attacked again.
 */
export interface Neighbours {
  readonly smaller: readonly PerExampleRecord[];
  readonly larger: readonly PerExampleRecord[];
}

/**
 * Attacks every correct example without a certificate that the neighbours leave open, and some certified ones as a probe of
 * soundness.
 * @throws UnsoundBound after saving the example, when a certified example is fooled
 */
export async function attackResult(task: AttackedTask): Promise<Certified> {
  const { engine, model, source, folder, certified, plan, neighbours, meter, signal } = task;
  const { result, examples } = certified;
  const indices = examples.sample.map((_, index) => index);
  const fooledIn = (records: readonly PerExampleRecord[], index: number) =>
    records.some((record) => record.fooled?.[index] === 1);
  const isOpen = (index: number) => examples.correct[index] === 1 && examples.certified[index] === 0;
  const candidates = indices.filter(isOpen);
  const carried = indices.filter((index) => examples.correct[index] === 1 && fooledIn(neighbours.smaller, index));
  const isSpared = (index: number) => neighbours.larger.length > 0 && !fooledIn(neighbours.larger, index);
  const probes = probesOf(examples, plan.probe);
  const known = new Set(carried);
  const tried = candidates.filter((index) => !known.has(index) && !isSpared(index));
  const only = new Uint8Array(indices.length);
  for (const index of [...tried, ...probes]) only[index] = 1;

  const outcome = await attackExamples({
    ...{ engine, model, source, only, signal },
    ...{ region: result.region_full, steps: result.steps, seed: result.seed },
    ...{ attack: plan.attack, attackSeed: plan.seed },
    keep: result.purpose === 'epsilon' ? fewExamples : indices.length,
    onProgress: (progress) => meter.update(progress),
  });
  const fooled = indices.map((index) => Number(outcome.fooled[index] === 1 || known.has(index)));
  const adversarial = tried.some((index) => outcome.fooled[index] === 1) ? `${result.name}.safetensors` : null;
  if (adversarial !== null) await outcome.save(folder.at(adversarial));
  await refuseContradictions({ ...task, fooled, outcome });

  const error = errorOf(indices.map((index) => Number(examples.correct[index] === 1 && fooled[index] === 0)));
  return {
    result: {
      ...result,
      attacked_error: error,
      intervals: { ...result.intervals, attacked: wilson(error, indices.length) },
      adversarial,
      attack: {
        attack: plan.attack,
        attack_seed: plan.seed,
        tried: tried.length,
        candidates: candidates.length,
        probed_certified: probes.length,
        carried: carried.length,
        fooled: fooled.reduce((sum, value) => sum + value, 0),
        stages: outcome.stages,
        seconds: outcome.seconds,
        command: task.command,
      },
    },
    examples: {
      ...examples,
      attack_margin: indices.map((index) => finite(only[index] === 1 ? outcome.margins[index] : undefined)),
      tried: [...only],
      fooled,
    },
  };
}

/** At most `count` certified examples: half of them those with the least margins, half spread evenly over the others. */
function probesOf({ certified, margin }: PerExampleRecord, count: number): readonly number[] {
  const covered = certified.flatMap((flag, index) => (flag === 1 ? [index] : []));
  if (covered.length <= count) return covered;
  const byMargin = [...covered].sort((a, b) => (margin[a] ?? 0) - (margin[b] ?? 0) || a - b);
  const closest = new Set(byMargin.slice(0, Math.ceil(count / 2)));
  const others = covered.filter((index) => !closest.has(index));
  const wanted = count - closest.size;
  const spread = Array.from({ length: wanted }, (_, at) => others[Math.floor((at * others.length) / wanted)] as number);
  return [...closest, ...spread];
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

async function refuseContradictions({
  certified: { result, examples },
  folder,
  fooled,
  outcome,
}: AttackedTask & { readonly fooled: readonly number[]; readonly outcome: AttackOutcome }): Promise<void> {
  const index = fooled.findIndex((value, place) => value === 1 && examples.certified[place] === 1);
  if (index === -1) return;
  const file = folder.at(`${result.name}.unsound.safetensors`);
  await outcome.save(file);
  const proves = (margins: PerExampleRecord['margin_s_ibp']) => (margins?.[index] ?? 0) > 0;
  const bounds = [
    ...(proves(examples.margin_s_ibp) ? ['s-ibp'] : []),
    ...(proves(examples.margin_s_crown) ? ['s-crown'] : []),
  ];
  const bound = bounds.length === 0 ? 'the larger of both bounds' : bounds.join(' and ');
  throw new UnsoundBound(
    `unit ${folder.path}: expected no successful attack on a certified example, got one on example ` +
      `${examples.sample[index]} within ${result.region}: ${bound} is unsound; the example is in ${file}`,
  );
}
