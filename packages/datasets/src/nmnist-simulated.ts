import { mnist } from './mnist.js';
import type { MnistOptions } from './options.js';
import { type SimulatedOptions, simulatedSplits } from './recordings/simulated.js';
import type { EventSplits } from './recordings/splits.js';

/** Where the images come from, and how they are recorded. */
export type NmnistSimulatedOptions = MnistOptions & SimulatedOptions;

/**
 * Simulated N-MNIST: MNIST before a simulated camera, 60,000 training and 10,000 test recordings of 34 x 34 pixels. For
 * experiments of full size where the real recordings cannot be had; results on it are results on simulated data.
 * @throws DatasetError as `mnist`, and as `simulatedSplits`
 * @example
 * ```ts
 * import { nmnistSimulated } from '@certispike/datasets';
 *
 *
 * const { test } = await nmnistSimulated({ cameraSeed: 1 });
 * console.log(test.steps, test.length); // 10 10000
 * ```
 */
export async function nmnistSimulated(options: NmnistSimulatedOptions = {}): Promise<EventSplits> {
  const splits = simulatedSplits(await mnist(options), options);
  return { ...splits, about: SIMULATED };
}

const SIMULATED = {
  title: 'N-MNIST, simulated from MNIST',
  authors: 'certispike; after Orchard, Jayawant, Cohen, Thakor, 2015',
  licence: 'as MNIST (CC BY-SA 3.0)',
  url: 'https://www.garrickorchard.com/datasets/n-mnist',
};
