import * as v from 'valibot';
import { check, deepFrozen, fields, number } from './check.js';

/** All images within `epsilon` of the given one in every pixel. */
export interface LinfRegion {
  readonly kind: 'linf';
  /** Radius in units of the pixels, which lie in [0, 1]; at least 0. */
  readonly epsilon: number;
  /** Whether perturbed pixels stay in [0, 1]. */
  readonly clip: boolean;
}

/** A set of inputs that a certificate speaks of. */
export type Region = LinfRegion;

/** Beyond every pixel's range; the core's own limit. */
const largest = 1e6;

export const epsilonSchema = number(0, largest);

export const regionSchema = v.variant(
  'kind',
  [fields({ kind: v.literal('linf'), epsilon: epsilonSchema, clip: v.optional(v.boolean('true or false'), false) })],
  "a region made by linf(), with kind 'linf'",
);

/**
 * The L-infinity ball around an image.
 * @throws CertispikeError `invalid-value` when epsilon is negative or no number
 */
export function linf(epsilon: number, { clip = false }: { readonly clip?: boolean } = {}): LinfRegion {
  return deepFrozen(check('region', regionSchema, { kind: 'linf', epsilon, clip }));
}
