import * as v from 'valibot';
import { check, fields, oneOf, whole } from './check.js';
import { stepsSchema } from './input.js';
import type { Network } from './network.js';
import { checkRegion, type Region, regionSchema } from './region.js';
import { couplingSchema, relaxationSchema, seedSchema } from './training.js';

/** A way to bound margins from below. */
export type Bound = 's-ibp' | 's-crown';

/** How far a call has come. */
export interface Progress {
  /** Examples done, and to do in all. */
  readonly done: number;
  readonly total: number;
}

/** What {@link evaluate} and {@link certify} share; none of it but steps, seed and presentation changes a result. */
export interface RunOptions {
  /** Time steps T; the network's unless given. */
  readonly steps?: number;
  /** Of the draws of a rate code, keyed by (seed, presentation, example, step). A whole number from 0; 0 unless given. */
  readonly seed?: number;
  /** Which showing of an example this is, for new draws under the same seed; 0 unless given. */
  readonly presentation?: number;
  /** Examples read at a time; 128 unless given. */
  readonly batchSize?: number;
  /** The first examples only. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What to certify, and how. */
export interface CertifyOptions extends RunOptions {
  readonly region: Region;
  /** S-IBP and S-CROWN unless given. S-IBP is always computed, S-CROWN stands on it. */
  readonly bounds?: readonly Bound[];
  /** How S-CROWN bounds a neuron: spike and kept potential each on its own (the paper's; the default), or jointly. */
  readonly relaxation?: 'paper' | 'joint';
  /**
   * Whether a pixel is one value, and a budget one, over all steps (coupled; the default), or each step is on its own (the
   * paper's).
   */
  readonly coupling?: 'coupled' | 'per-step';
  /** `outward` (the default): bounds hold for the arithmetic that runs. `nearest`: plain f32, for comparison only. */
  readonly rounding?: 'outward' | 'nearest';
}

/** Entries of the schemas of calls over a source. */
export const run = (network: Network) => ({
  steps: v.optional(stepsSchema, network.input.steps),
  seed: v.optional(seedSchema, 0),
  presentation: v.optional(whole(0), 0),
  batchSize: v.optional(whole(1, 1e6), 128),
  limit: v.optional(whole(1), Number.MAX_SAFE_INTEGER),
  signal: v.optional(
    v.custom<AbortSignal>(
      (value) => typeof value === 'object' && value !== null && 'aborted' in value,
      'an AbortSignal',
    ),
  ),
  onProgress: v.optional(v.custom<(progress: Progress) => void>((value) => typeof value === 'function', 'a function')),
});

/**
 * Options of `evaluate`, complete.
 * @throws CertispikeError `invalid-value` or `invalid-description` naming the field
 */
export function runConfig(network: Network, options: RunOptions) {
  return check('options', fields(run(network)), options);
}

/**
 * Options of `certify`, complete.
 * @throws CertispikeError `invalid-value` or `invalid-description` naming the field
 */
export function certifyConfig(network: Network, options: CertifyOptions) {
  const bound = oneOf('s-ibp', 's-crown');
  const schema = fields({
    ...run(network),
    region: regionSchema,
    bounds: v.optional(
      v.pipe(
        v.array(bound, 'a list of bounds'),
        v.check((bounds) => bounds.length > 0, 'at least one bound'),
      ),
      ['s-ibp', 's-crown'],
    ),
    relaxation: relaxationSchema,
    coupling: couplingSchema,
    rounding: v.optional(oneOf('outward', 'nearest'), 'outward'),
  });
  const config = check('options', schema, options);
  checkRegion('options.region', config.region, network.input);
  return config;
}

/** Complete options of {@link evaluate}. */
export type RunConfig = ReturnType<typeof runConfig>;

/** Complete options of {@link certify}. */
export type CertifyConfig = ReturnType<typeof certifyConfig>;
