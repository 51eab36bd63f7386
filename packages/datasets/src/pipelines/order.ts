import alea from 'seedrandom/lib/alea.js';
import { integerOption } from '../error.js';

/** What fixes the order of one epoch: nothing else goes into it. */
export interface Shuffle {
  /** Integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Integer from 0 to 2^53 - 1. */
  readonly epoch: number;
}

/**
 * Shuffles `values` in place by Fisher-Yates (Knuth, TAOCP 2, algorithm P), driven by a generator of its own for `key`.
 * Alea uses additions and multiplications of doubles only, so every engine draws the same order.
 */
export function shuffleInPlace(values: Uint32Array, key: string): Uint32Array {
  const draw = alea(key);
  for (let i = values.length - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    const held = values[i] as number;
    values[i] = values[j] as number;
    values[j] = held;
  }
  return values;
}

/**
 * The order of an epoch: a shuffled copy of `indices`, a function of (seed, epoch) and `indices` alone.
 * @throws DatasetError `option-invalid`.
 */
export function epochOrder(indices: Uint32Array, shuffle: Shuffle): Uint32Array {
  const seed = integerOption('shuffle.seed', shuffle.seed, 0, Number.MAX_SAFE_INTEGER);
  const epoch = integerOption('shuffle.epoch', shuffle.epoch, 0, Number.MAX_SAFE_INTEGER);
  return shuffleInPlace(indices.slice(), `certispike/order/${seed}/${epoch}`);
}
