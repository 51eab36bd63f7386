import { arrays, type Engine, fit, paper, rate } from '@certispike/sdk';
import type { TrainConfig } from '../config/train.js';
import type { AttackPlan, ResultPlan, UnitPlan } from './plan.js';
import costs from './costs.json' with { type: 'json' };

/** Seconds that the parts of a unit take. */
export interface UnitCost {
  /** The trainings to start with, in their order. */
  readonly starts: readonly number[];
  readonly training: number;
  /** Per result in the order of the plan. */
  readonly results: readonly { readonly certifying: number; readonly attacking: number }[];
}

/** How many examples a data set has. */
export interface Lengths {
  readonly train: number;
  readonly test: number;
}

/**
 * What a unit costs, from seconds per example that were measured on one machine (costs.json), times `scale`, what
 * this machine takes compared with that one.
 */
export function unitCost(
  { network, recipe, starts, results }: UnitPlan,
  { train, test }: Lengths,
  scale: number,
): UnitCost {
  return {
    starts: starts.map((start) => scale * trainingCost(network, start, train)),
    training: scale * trainingCost(network, recipe, train),
    results: results.map((result) => {
      const examples = Math.min(result.limit ?? test, test);
      return {
        certifying: scale * certifyingCost(network, recipe, result, examples),
        attacking: result.attack === null ? 0 : scale * attackingCost(network, recipe, result.attack, examples),
      };
    }),
  };
}

export function totalCost(cost: UnitCost): number {
  return cost.results.reduce((sum, { certifying, attacking }) => sum + certifying + attacking, trainingTime(cost));
}

/** All trainings together. */
export function trainingTime({ starts, training }: UnitCost): number {
  return starts.reduce((sum, start) => sum + start, training);
}

function trainingCost(network: 'fc' | 'conv', recipe: TrainConfig, length: number): number {
  const { natural, bounded } = costs.secondsPerStep[network];
  const examples = recipe.epochs * Math.min(recipe.limit ?? length, length);
  const steps = meanOf(recipe.trainingSteps) ?? recipe.steps ?? 10;
  const bounds: Readonly<Record<string, number>> = bounded;
  const ofBounds = recipe.method === 'natural' ? 0 : (bounds[recipe.method] ?? bounded.other);
  return examples * inputs(recipe) * (natural * steps + ofBounds * (meanOf(recipe.certifiedSteps) ?? steps));
}

/** The mean of the values that a number of steps takes. */
function meanOf(steps: TrainConfig['certifiedSteps']): number | undefined {
  if (steps === undefined || typeof steps === 'number') return steps;
  const values = steps.kind === 'steps' ? steps.values.map(([, value]) => value) : 'to' in steps ? [steps.to] : [];
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function certifyingCost(network: 'fc' | 'conv', recipe: TrainConfig, plan: ResultPlan, examples: number): number {
  const { natural, robust } = costs.secondsPerCertificateStep[network];
  const perStep = recipe.method === 'natural' ? natural : robust;
  return examples * inputs(recipe) * perStep * (plan.steps ?? recipe.steps ?? 10);
}

function attackingCost(network: 'fc' | 'conv', recipe: TrainConfig, plan: AttackPlan, examples: number): number {
  const attacked = Math.min(plan.limit ?? examples, examples);
  const share = costs.attackedShare[network][recipe.method === 'natural' ? 'natural' : 'robust'];
  const per: Readonly<Record<string, number>> = costs.secondsPerAttack[network];
  const one = per[plan.attack] ?? costs.secondsPerAttack[network].standard;
  return inputs(recipe) * one * (attacked * share + plan.probe);
}

/** Recordings have more inputs than images. */
function inputs({ data, bins, encoding }: TrainConfig): number {
  return data.startsWith('nmnist') || bins !== undefined || encoding === 'spikes' ? costs.recordings : 1;
}

/** How long this machine takes for what took the machine of the table a second. */
export async function machineScale(engine: Engine, signal: AbortSignal): Promise<number> {
  const images = probeImages();
  const times: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const model = engine.createModel(paper.fc({ input: rate([1, 28, 28], { steps: 10 }) }), { seed: 1 });
    try {
      const start = performance.now();
      const events = fit(engine, model, images, { method: 'natural', epochs: 1, signal });
      while ((await events.next()).done !== true);
      times.push((performance.now() - start) / 1000);
    } finally {
      model.free();
    }
  }
  return Math.min(...times) / costs.probeSeconds;
}

const probeLength = 2560;

/** Images with as many bright pixels as digits have. */
function probeImages() {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const images = Float32Array.from({ length: probeLength * 784 }, () => (next() < 0.19 ? next() : 0));
  const labels = Uint8Array.from({ length: probeLength }, (_, index) => index % 10);
  return arrays({ name: 'probe', shape: [1, 28, 28], classes: 10, images, labels });
}
