import { integerOption } from '../error.js';
import { shuffleInPlace } from './order.js';

/** Two disjoint ascending lists of indices that together are all examples. */
export interface Split {
  readonly kept: Uint32Array;
  readonly held: Uint32Array;
}

/**
 * Holds out `count` examples, each class in proportion to its size (largest remainder; of equal remainders the lower
 * class first), drawn within a class by `seed`.
 * @param labels classes of all examples, each below `classes`.
 * @param count examples to hold out, 0 to `labels.length - 1`.
 * @param seed integer from 0 to 2^53 - 1.
 * @throws DatasetError `option-invalid`.
 * @example
 * ```ts
 * import { stratifiedSplit } from '@certispike/datasets';
 *
 *
 * const { kept, held } = stratifiedSplit(Uint8Array.of(0, 1, 0, 1, 0, 1), 2, 2, 7);
 * console.log(kept.length, held.length); // 4 2
 * ```
 */
export function stratifiedSplit(labels: Uint8Array, classes: number, count: number, seed: number): Split {
  integerOption('validation', count, 0, labels.length - 1);
  integerOption('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  const members = Array.from({ length: classes }, () => [] as number[]);
  labels.forEach((label, index) => members[label]?.push(index));
  const quotas = heldPerClass(
    members.map((list) => list.length),
    count,
  );
  const isHeld = new Uint8Array(labels.length);
  members.forEach((list, label) => {
    const order = shuffleInPlace(Uint32Array.from(list), `certispike/split/${seed}/${label}`);
    for (const index of order.subarray(0, quotas[label])) isHeld[index] = 1;
  });
  const all = Uint32Array.from(labels, (_, index) => index);
  return { kept: all.filter((index) => isHeld[index] === 0), held: all.filter((index) => isHeld[index] === 1) };
}

/**
 * Deals all examples into `count` folds, whose sizes differ by one at most, as do those of a class in them; drawn by `seed`.
 * @param labels classes of all examples, each below `classes`.
 * @param count folds, from 2 to `labels.length`.
 * @param seed integer from 0 to 2^53 - 1.
 * @returns the fold of every example, from 0.
 * @throws DatasetError `option-invalid`.
 */
export function stratifiedFolds(labels: Uint8Array, classes: number, count: number, seed: number): Uint32Array {
  integerOption('folds', count, 2, labels.length);
  integerOption('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  const members = Array.from({ length: classes }, () => [] as number[]);
  labels.forEach((label, index) => members[label]?.push(index));
  const folds = new Uint32Array(labels.length);
  let dealt = 0;
  members.forEach((list, label) => {
    const order = shuffleInPlace(Uint32Array.from(list), `certispike/folds/${seed}/${label}`);
    for (const index of order) {
      folds[index] = dealt % count;
      dealt += 1;
    }
  });
  return folds;
}

function heldPerClass(sizes: number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => Math.floor((size * count) / total));
  // Integer remainders of size * count by total: exact, unlike fractions.
  const remainders = sizes.map((size, label) => ({ label, left: (size * count) % total }));
  remainders.sort((a, b) => b.left - a.left || a.label - b.label);
  const missing = count - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const { label } of remainders.slice(0, missing)) quotas[label] = (quotas[label] as number) + 1;
  return quotas;
}
