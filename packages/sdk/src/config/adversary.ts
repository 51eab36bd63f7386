import * as v from 'valibot';
import { fields, number, whole } from './check.js';

/**
 * How a training finds an adversarial point of an example: FGSM, one signed gradient step to the end of the region
 * (Goodfellow et al. 2015), or PGD, several smaller ones (Madry et al. 2018). Flips have no step size: those that gain
 * most to first order are made, a part of the budget at each iteration.
 */
export interface Adversary {
  readonly kind: 'fgsm' | 'pgd';
  /** Gradient steps; each costs a pass forward and one back. */
  readonly iterations: number;
  /** Of a step, as a share of the region's radius. */
  readonly stepSize: number;
  /** Whether to begin at a random point of the ball rather than at the example. */
  readonly randomStart: boolean;
}

/** An adversary with its defaults left out: fgsm has step size 1; pgd 3 iterations of 0.5 from a random start. */
export type AdversarySpec =
  | 'fgsm'
  | 'pgd'
  | { readonly kind: 'fgsm'; readonly stepSize?: number; readonly randomStart?: boolean }
  | { readonly kind: 'pgd'; readonly iterations?: number; readonly stepSize?: number; readonly randomStart?: boolean };

const stepSize = number(0, 1e3);

export const adversarySchema = v.pipe(
  v.union([v.picklist(['fgsm', 'pgd']), v.looseObject({})], "'fgsm', 'pgd' or an object with a kind"),
  v.transform((given) => (typeof given === 'string' ? { kind: given } : given)),
  v.variant(
    'kind',
    [
      fields({
        kind: v.literal('fgsm'),
        iterations: v.optional(whole(1, 1), 1),
        stepSize: v.optional(stepSize, 1),
        randomStart: v.optional(v.boolean('true or false'), false),
      }),
      fields({
        kind: v.literal('pgd'),
        iterations: v.optional(whole(1, 1000), 3),
        stepSize: v.optional(stepSize, 0.5),
        randomStart: v.optional(v.boolean('true or false'), true),
      }),
    ],
    "an attack of kind 'fgsm' or 'pgd'",
  ),
);
