import {
  attackConfig,
  type AttackConfig,
  type AttackOptions,
  type AttackStage,
  type AttackStageSpec,
  completeStage,
  followsDraws,
  groundOf,
} from '../config/attack.js';
import type { Network } from '../config/network.js';

/** Lists of stages from cheap to strong; every image leaves at the first success. */
interface Ensemble {
  readonly quick: readonly AttackStageSpec[];
  readonly standard: readonly AttackStageSpec[];
}

/**
 * What the names mean, by what a region's attacks change. Gradients come first because they are cheap, a search without
 * gradients last because it shows where they are masked. Several surrogates everywhere: one alone overstates robustness.
 */
export const ensembles: Readonly<Record<ReturnType<typeof groundOf>, Ensemble>> = {
  pixels: {
    quick: [
      { method: 'fgsm', restarts: 1 },
      { method: 'pgd', iterations: 10, restarts: 1 },
      { method: 'coordinate', iterations: 16 },
    ],
    standard: [
      { method: 'fgsm' },
      { method: 'pgd', restarts: 1 },
      { name: 'pgd, restarts', method: { kind: 'pgd', loss: 'both' }, restarts: 4 },
      { name: 'pgd, each rival', method: { kind: 'pgd', targets: 'each-rival', loss: 'margin' }, restarts: 1 },
      { method: 'coordinate', iterations: 40 },
      { method: { kind: 'apgd', loss: 'both' }, iterations: 40, restarts: 2 },
      { method: 'square', iterations: 300 },
      { name: 'coordinate, no gradient', method: { kind: 'coordinate', gradient: false }, iterations: 60 },
    ],
  },
  flips: {
    quick: [
      { method: 'greedy-flips', restarts: 1 },
      { method: 'random-flips', iterations: 100, restarts: 1 },
    ],
    standard: [
      { method: 'greedy-flips', restarts: 1 },
      { method: 'pgd-flips', iterations: 20, restarts: 1 },
      { name: 'greedy-flips, restarts', method: 'greedy-flips', restarts: 3 },
      { method: 'beam-flips', restarts: 1 },
      { method: 'random-flips', iterations: 400, restarts: 1 },
      { method: 'coordinate-flips', iterations: 300, restarts: 1 },
    ],
  },
  moves: {
    quick: [
      { method: 'greedy-shifts', restarts: 1 },
      { method: 'random-shifts', iterations: 100, restarts: 1 },
    ],
    standard: [
      { method: 'greedy-shifts', restarts: 1 },
      { name: 'greedy-shifts, restarts', method: 'greedy-shifts', restarts: 3 },
      { method: 'beam-shifts', restarts: 1 },
      { method: 'random-shifts', iterations: 400, restarts: 1 },
      { method: 'coordinate-shifts', iterations: 300, restarts: 1 },
    ],
  },
};

/**
 * The stages that options ask for, complete.
 * @throws CertispikeError `invalid-value` when a method does not fit the region or the encoding
 */
export function stagesOf(config: AttackConfig, network: Network): readonly AttackStage[] {
  const { attack, region, iterations, restarts, surrogates, draws } = config;
  const isEnsemble = attack === 'standard' || attack === 'quick';
  const specs: readonly AttackStageSpec[] = isEnsemble
    ? ensembles[groundOf(region)][attack].filter(({ method }) => draws?.kind !== 'fresh' || followsDraws(method))
    : typeof attack === 'string'
      ? [{ method: attack }]
      : attack;
  const instead = {
    ...(iterations !== undefined && { iterations }),
    ...(restarts !== undefined && { restarts }),
    ...(surrogates !== undefined && { surrogates }),
    ...(draws !== undefined && { draws }),
  };
  const field = (index: number) => (typeof attack === 'string' ? 'options.attack' : `options.attack[${index}]`);
  return specs.map((spec, index) => completeStage(field(index), { ...spec, ...instead }, { region, network }));
}

/**
 * The stages that an attack with these options runs, complete: what an ensemble's name means for a region and a network.
 * @throws CertispikeError as `attack` for its options
 * @example
 * ```ts
 * import { attackStages, linf, paper } from '@certispike/sdk';
 *
 *
 * const stages = attackStages(paper.fc(), { region: linf(0.06), attack: 'quick' });
 * console.log(stages.map(({ name }) => name).join(', ')); // fgsm, pgd, coordinate
 * ```
 */
export function attackStages(network: Network, options: AttackOptions): readonly AttackStage[] {
  return stagesOf(attackConfig(network, options), network);
}
