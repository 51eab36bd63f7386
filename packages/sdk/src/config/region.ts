import * as v from 'valibot';
import { CertispikeError } from '../error.js';
import { check, deepFrozen, fields, number, whole } from './check.js';
import type { Input } from './input.js';

/** All images within `epsilon` of the given one in every pixel. */
export interface LinfRegion {
  readonly kind: 'linf';
  /** Radius in units of the pixels, which lie in [0, 1]; at least 0. */
  readonly epsilon: number;
  /** Whether perturbed pixels stay in [0, 1]. */
  readonly clip: boolean;
}

/** All spikes that differ from the given ones in at most `budget` places (step, position): L0. */
export interface FlipsRegion {
  readonly kind: 'flips';
  /** Flips at most, over all steps. */
  readonly budget: number;
  /** Whether a spike may appear. */
  readonly additions: boolean;
  /** Whether a spike may vanish. */
  readonly deletions: boolean;
  /** Where a flip is allowed (1), `[channels, height, width]` or `[steps, channels, height, width]`; null: everywhere. */
  readonly mask: readonly number[] | null;
  /** Flips at most in a step besides: one number for all steps, or one for each; null: as many as `budget`. */
  readonly perStep: number | readonly number[] | null;
}

/**
 * All spikes that differ from the given ones in places (step, position) drawn at random: the region of the code that Liang
 * et al. published. It is **no worst case**: what it proves holds for the places that were drawn.
 */
export interface SampledRegion {
  readonly kind: 'sampled';
  /** Chance of a place to be free, 0 to 1. */
  readonly fraction: number;
  /** Of the draws, which are keyed by (seed, presentation, example, step). */
  readonly seed: number;
}

/** All spikes made from the given ones by moving at most `budget` of them in time. They keep their position. */
export interface ShiftRegion {
  readonly kind: 'shift';
  /** Spikes moved at most. */
  readonly budget: number;
  /** How many steps each of them at most, from 1. */
  readonly steps: number;
  /** Whether a spike may land on another of its position, the two becoming one; else all stay apart. */
  readonly merge: boolean;
}

/** A set of inputs that a certificate speaks of: of pixels (`linf`), or of spikes, given or drawn by a rate code. */
export type Region = LinfRegion | FlipsRegion | SampledRegion | ShiftRegion;

/** Beyond every pixel's range; the core's own limit. */
const largest = 1e6;

const budgetSchema = whole(0, 2 ** 31);

/** Zeros and ones of any array, as a plain list, which JSON keeps. */
const maskSchema = v.pipe(
  v.custom<ArrayLike<number>>(
    (value) => isList(value) && value.length > 0 && Array.from(value).every((entry) => entry === 0 || entry === 1),
    'a list of zeros and ones',
  ),
  v.transform((mask): readonly number[] => Array.from(mask)),
);

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

const perStepSchema = v.union([budgetSchema, v.array(budgetSchema)], 'a whole number from 0 up, or a list of them');

const flag = (otherwise: boolean) => v.optional(v.boolean('true or false'), otherwise);

const flipsFields = {
  kind: v.literal('flips'),
  budget: budgetSchema,
  additions: flag(true),
  deletions: flag(true),
  mask: v.optional(v.nullable(maskSchema), null),
  perStep: v.optional(v.nullable(perStepSchema), null),
};

export const regionSchema = v.pipe(
  v.variant(
    'kind',
    [
      fields({ kind: v.literal('linf'), epsilon: number(0, largest), clip: flag(false) }),
      fields(flipsFields),
      fields({ kind: v.literal('sampled'), fraction: number(0, 1), seed: v.optional(whole(0), 0) }),
      fields({ kind: v.literal('shift'), budget: budgetSchema, steps: whole(1, 10_000), merge: flag(false) }),
    ],
    "a region made by linf(), flips(), sampled() or shift(), with kind 'linf', 'flips', 'sampled' or 'shift'",
  ),
  v.check(
    (region) => region.kind !== 'flips' || region.additions || region.deletions,
    'additions, deletions or both to be allowed',
  ),
);

const made = <R extends Region>(region: R): R => deepFrozen(check('region', regionSchema, region)) as R;

/**
 * The L-infinity ball around an image.
 * @throws CertispikeError `invalid-value` when epsilon is negative or no number
 * @example
 * ```ts
 * import { certify, linf } from '@certispike/sdk';
 *
 *
 * const { certifiedError } = await certify(engine, model, test, { region: linf(0.06, { clip: true }) });
 * ```
 */
export function linf(epsilon: number, { clip = false }: { readonly clip?: boolean } = {}): LinfRegion {
  return made({ kind: 'linf', epsilon, clip });
}

/** What limits {@link flips} besides their number. */
export interface FlipsOptions {
  /** Whether a spike may appear; true unless given. */
  readonly additions?: boolean;
  /** Whether a spike may vanish; true unless given. */
  readonly deletions?: boolean;
  /** Where a flip is allowed (1), `[channels, height, width]` or `[steps, channels, height, width]`; everywhere unless given. */
  readonly mask?: Uint8Array | readonly number[];
  /** Flips at most in a step: one number for all steps, or one for each. */
  readonly perStep?: number | readonly number[];
}

/**
 * At most `budget` spikes too many or missing, anywhere.
 * @throws CertispikeError `invalid-value`, `invalid-description`
 * @example
 * ```ts
 * import { certify, flips } from '@certispike/sdk';
 *
 *
 * const region = flips(8, { additions: false, perStep: 2 }); // up to 8 spikes missing, at most 2 of a step
 * const { certifiedError } = await certify(engine, model, test, { region });
 * ```
 */
export function flips(budget: number, options: FlipsOptions = {}): FlipsRegion {
  const { additions = true, deletions = true, mask = null, perStep = null } = options;
  return made<FlipsRegion>({ kind: 'flips', budget, additions, deletions, mask: mask as readonly number[], perStep });
}

/**
 * The published code's random share of free places. No worst case: see {@link SampledRegion}.
 * @throws CertispikeError `invalid-value`
 * @example
 * ```ts
 * import { isWorstCase, sampled } from '@certispike/sdk';
 *
 *
 * console.log(isWorstCase(sampled(0.06, { seed: 1 }))); // false
 * ```
 */
export function sampled(fraction: number, { seed = 0 }: { readonly seed?: number } = {}): SampledRegion {
  return made({ kind: 'sampled', fraction, seed });
}

/**
 * At most `budget` spikes moved by at most `steps` steps (1 unless given).
 * @throws CertispikeError `invalid-value`
 * @example
 * ```ts
 * import { certify, shift } from '@certispike/sdk';
 *
 *
 * const region = shift(4, { steps: 2 }); // up to 4 spikes, each up to 2 steps earlier or later
 * const { certifiedError } = await certify(engine, model, test, { region });
 * ```
 */
export function shift(
  budget: number,
  { steps = 1, merge = false }: { readonly steps?: number; readonly merge?: boolean } = {},
): ShiftRegion {
  return made({ kind: 'shift', budget, steps, merge });
}

/**
 * Whether a certificate over the region speaks of everything that its name says, not of a random part.
 * @example
 * ```ts
 * import { isWorstCase, linf } from '@certispike/sdk';
 *
 *
 * console.log(isWorstCase(linf(0.06))); // true
 * ```
 */
export function isWorstCase(region: Region): boolean {
  return region.kind !== 'sampled';
}

/** How large a region is, in its own unit: pixel values, flips, a fraction, or spikes moved. */
export function sizeOfRegion(region: Region): number {
  switch (region.kind) {
    case 'linf':
      return region.epsilon;
    case 'sampled':
      return region.fraction;
    default:
      return region.budget;
  }
}

/** A region of another size; where only whole numbers are sizes, the next one up. */
export function resized(region: Region, size: number): Region {
  switch (region.kind) {
    case 'linf':
      return { ...region, epsilon: size };
    case 'sampled':
      return { ...region, fraction: size };
    default:
      return { ...region, budget: Math.ceil(size) };
  }
}

/**
 * Refuses a region that inputs of a network cannot have.
 * @throws CertispikeError `invalid-value`
 */
export function checkRegion(field: string, { kind }: Region, { encoding }: Input): void {
  const expected = encoding === 'spikes' ? 'flips, sampled or shift' : 'linf';
  if ((encoding === 'spikes' && kind === 'linf') || (encoding === 'direct' && kind !== 'linf')) {
    const reason = encoding === 'spikes' ? 'spikes' : 'pixels';
    const message = `${field}.kind: expected ${expected}, as the network's input is ${reason}, got ${kind}`;
    throw new CertispikeError('invalid-value', message);
  }
}
