import type { TrainConfig } from '../config/train.js';

/** Cost of one example relative to natural training: rough, only to say how long the whole run will take. */
const perExample = { natural: 1, 's-ibp': 2.5, 's-crown': 8, 's-crown-fused': 4 } as const;
const certifying = 5;

/** Relative cost of training by `recipe` on `examples` images. */
export function trainingCost({ method, epochs, limit }: TrainConfig, examples: number): number {
  return perExample[method] * epochs * Math.min(limit ?? examples, examples);
}

/** Relative cost of certifying `examples` images. */
export function certificationCost(examples: number): number {
  return certifying * examples;
}
