import alea from 'seedrandom/lib/alea.js';
import { logarithm } from './logarithm.js';

/** A generator of numbers in [0, 1) of its own for every key. */
export function generator(key: string): () => number {
  return alea(`certispike/simulator/${key}`);
}

/** A number of mean 0 and standard deviation 1, nearly normal: the sum of twelve even ones (none beyond 6). */
export function normal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i += 1) sum += random();
  return sum;
}

/** Time until the next event of a Poisson process of `rate` events per unit of time. */
export function waiting(random: () => number, rate: number): number {
  return -logarithm(1 - random()) / rate;
}
