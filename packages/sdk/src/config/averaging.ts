import * as v from 'valibot';
import { fields, number } from './check.js';

/**
 * A running average of the weights over the steps of the optimiser, which is what is validated, kept and given at the
 * end in the place of the last step's weights. The training itself does not see it.
 *
 * `ema`: exponential, the weights of `n` steps ago counting `decay^n`; `mean`: all steps alike (Izmailov et al. 2018).
 */
export type Averaging =
  | { readonly kind: 'ema'; readonly decay: number; readonly start: number }
  | { readonly kind: 'mean'; readonly start: number };

/**
 * An average with its defaults left out: decay 0.999; `start`, the progress of the training from which steps are
 * averaged, 0 for `ema` and 0.75 for `mean`.
 */
export type AveragingSpec =
  | 'ema'
  | 'mean'
  | { readonly kind: 'ema'; readonly decay?: number; readonly start?: number }
  | { readonly kind: 'mean'; readonly start?: number };

const start = number(0, 1);

export const averagingSchema = v.nullable(
  v.pipe(
    v.union([v.picklist(['ema', 'mean']), v.looseObject({})], "'ema', 'mean', an object with a kind, or null"),
    v.transform((given) => (typeof given === 'string' ? { kind: given } : given)),
    v.variant(
      'kind',
      [
        fields({
          kind: v.literal('ema'),
          decay: v.optional(number(0, 0.9999999), 0.999),
          start: v.optional(start, 0),
        }),
        fields({ kind: v.literal('mean'), start: v.optional(start, 0.75) }),
      ],
      "an average of kind 'ema' or 'mean'",
    ),
  ),
);

/** What the weights before a step count, as the core has it. */
export const decayOf = (averaging: Averaging): number => (averaging.kind === 'ema' ? averaging.decay : 1);
