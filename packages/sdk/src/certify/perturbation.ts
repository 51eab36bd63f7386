import { check, fields, whole } from '../config/check.js';
import { type ImageShape, shapeSchema } from '../config/input.js';
import { type Region, regionSchema } from '../config/region.js';
import { sizeOf } from '../config/shape.js';
import * as v from 'valibot';
import type { Engine } from '../engine/engine.js';
import { core, guarded } from '../engine/load-core.js';
import { poolEngine } from '../engine/pool-engine.js';

/** What the places of a `sampled` region hang on besides its seed; 0 unless given. */
export interface ExampleKey {
  /** Index of the example in its data set. */
  readonly example?: number;
  readonly presentation?: number;
}

const keySchema = fields({ example: v.optional(whole(0), 0), presentation: v.optional(whole(0), 0) });

/**
 * Whether an input belongs to a region around an example.
 * @param engine any: the core tests it on the calling thread
 * @param shape of an image, or of the spikes of one step
 * @param example pixels, or spikes step by step
 * @throws CertispikeError `invalid-value`, `invalid-shape`, `invalid-description`
 * @example
 * ```ts
 * import { linf, regionContains } from '@certispike/sdk';
 *
 *
 * const image = new Float32Array(784).fill(0.5);
 * const brighter = image.map((pixel) => pixel + 0.05);
 * console.log(regionContains(engine, linf(0.06), [1, 28, 28], image, brighter)); // true
 * console.log(regionContains(engine, linf(0.04), [1, 28, 28], image, brighter)); // false
 * ```
 */
export function regionContains(
  engine: Engine,
  region: Region,
  shape: ImageShape,
  example: Float32Array,
  perturbed: Float32Array,
  key: ExampleKey = {},
): boolean {
  const asked = question(engine, region, shape, key);
  return guarded(() => core().regionContains(asked, example, perturbed));
}

/**
 * An input of a region around an example, drawn at random, the ends of the region above all.
 * @param seed a whole number from 0: the same one gives the same input
 * @throws CertispikeError as {@link regionContains}
 * @example
 * ```ts
 * import { linf, regionContains, regionSample } from '@certispike/sdk';
 *
 *
 * const image = new Float32Array(784).fill(0.5);
 * const perturbed = regionSample(engine, linf(0.06), [1, 28, 28], image, 1);
 * console.log(regionContains(engine, linf(0.06), [1, 28, 28], image, perturbed)); // true
 * ```
 */
export function regionSample(
  engine: Engine,
  region: Region,
  shape: ImageShape,
  example: Float32Array,
  seed: number,
  key: ExampleKey = {},
): Float32Array {
  const asked = question(engine, region, shape, key);
  const checked = check('seed', whole(0), seed);
  return guarded(() => core().regionSample(asked, example, checked));
}

function question(engine: Engine, region: Region, shape: ImageShape, key: ExampleKey): object {
  poolEngine(engine);
  return {
    region: check('region', regionSchema, region),
    size: sizeOf(check('shape', shapeSchema, shape)),
    ...check('key', keySchema, key),
  };
}
