import { certifyConfig, type CertifyOptions, type RunOptions } from '../config/certification.js';
import type { ImageShape } from '../config/input.js';
import { isPool } from '../config/layers.js';
import type { Network } from '../config/network.js';
import type { Region } from '../config/region.js';
import { mapsOf, sizeOf } from '../config/shape.js';
import type { Source } from '../data/source.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import type { StatesJob } from '../worker/protocol.js';
import { joined, type Part, sweep } from './sweep.js';

/** Over which inputs neurons are looked at. */
export interface OpenOptions extends RunOptions {
  readonly region: Region;
  /** As in {@link CertifyOptions}: `outward` unless given. */
  readonly rounding?: CertifyOptions['rounding'];
}

/** How much of a layer is open. */
export interface OpenLayer {
  /** Its place in the network's list of layers. */
  readonly index: number;
  readonly neurons: number;
  /** Per step: share of the neurons that S-IBP leaves undecided, 0 to 1, as a mean over the examples. */
  readonly open: Float64Array;
}

/** What S-IBP leaves undecided of the layers that fire. */
export interface OpenNeurons {
  readonly examples: number;
  readonly steps: number;
  readonly seed: number;
  readonly presentation: number;
  readonly region: Region;
  readonly layers: readonly OpenLayer[];
}

/** What S-IBP knows of every neuron of a layer. */
export interface LayerStates {
  /** Its place in the network's list of layers. */
  readonly index: number;
  /** Of its map. */
  readonly shape: ImageShape;
  /**
   * `[examples, steps, channels, height, width]`: 0 where a neuron is silent for every input of the region, 1 where it fires
   * for every one, 2 where its interval leaves that undecided. Of one example it is `[steps, neurons]`.
   */
  readonly states: Uint8Array;
}

/** What S-IBP knows of every neuron that can fire, example by example. */
export interface OpenStates {
  readonly examples: number;
  readonly steps: number;
  /** Keys in the data set. */
  readonly samples: Uint32Array;
  readonly layers: readonly LayerStates[];
}

/**
 * How many neurons S-IBP leaves undecided over a region, per layer and step (Liang et al. 2022, section 4.1): those whose
 * membrane's interval has its ends on both sides of the threshold. A bound is as tight as they are few.
 *
 * The last layer under a membrane readout does not fire and is left out. The result does not depend on the number of
 * workers or the batch size.
 * @throws CertispikeError as {@link certify}
 * @example
 * ```ts
 * import { linf, openNeurons } from '@certispike/sdk';
 *
 *
 * const { layers } = await openNeurons(engine, model, test, { region: linf(0.06), limit: 4 });
 * const atTheEnd = layers.map(({ open }) => open.at(-1)); // shares of the last step, 0 to 1
 * ```
 */
export async function openNeurons(
  engine: Engine,
  model: Model,
  source: Source,
  options: OpenOptions,
): Promise<OpenNeurons> {
  const { parts, layers, examples, config } = await swept(engine, model, source, options, false);
  const { steps, seed, presentation, region } = config;
  const share = (number: number, neurons: number) => (_: unknown, step: number) => {
    const counts = parts.map(({ outcome }) => outcome.open[number * steps + step] ?? Number.NaN);
    return counts.reduce((sum, count) => sum + count, 0) / (examples * neurons);
  };
  return {
    examples,
    steps,
    seed,
    presentation,
    region,
    layers: layers.map(({ index, shape }, number) => {
      const neurons = sizeOf(shape);
      return { index, neurons, open: Float64Array.from({ length: steps }, share(number, neurons)) };
    }),
  };
}

/**
 * What {@link openNeurons} counts, neuron by neuron: a byte per example, step and neuron. Meant for few examples (`limit`).
 * @throws CertispikeError as {@link certify}
 * @example
 * ```ts
 * import { linf, openStates } from '@certispike/sdk';
 *
 *
 * const { layers } = await openStates(engine, model, test, { region: linf(0.06), limit: 1 });
 * const undecided = layers.map(({ states }) => states.filter((state) => state === 2).length);
 * ```
 */
export async function openStates(
  engine: Engine,
  model: Model,
  source: Source,
  options: OpenOptions,
): Promise<OpenStates> {
  const { parts, layers, examples, config } = await swept(engine, model, source, options, true);
  const states = (number: number) => joined(parts.map(({ outcome }) => outcome.states[number] ?? new Uint8Array()));
  return {
    examples,
    steps: config.steps,
    samples: joined(parts.map((part) => part.examples.samples)),
    layers: layers.map((layer, number) => ({ ...layer, states: states(number) })),
  };
}

async function swept(engine: Engine, model: Model, source: Source, options: OpenOptions, each: boolean) {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const config = certifyConfig(own.network, { ...options, bounds: ['s-ibp'] });
  const { steps, seed, presentation, region, bounds, relaxation, coupling, rounding } = config;
  const layers = firing(own.network);
  const giveBack = own.lendForReading();
  try {
    const parts: readonly Part<StatesJob>[] = await sweep<StatesJob>(inner, own, source, config, (examples) => ({
      kind: 'states',
      examples,
      layers: layers.length,
      each,
      options: { steps, seed, presentation, region, bounds, relaxation, coupling, rounding },
    }));
    const examples = parts.reduce((sum, part) => sum + part.examples.samples.length, 0);
    return { parts, layers, examples, config };
  } finally {
    giveBack();
  }
}

/** The layers that fire, and their maps. */
function firing(network: Network): readonly { readonly index: number; readonly shape: ImageShape }[] {
  const maps = mapsOf(network);
  const last = network.layers.length - 1;
  return network.layers.flatMap((layer, index) => {
    const fires = !isPool(layer) && (network.readout.kind !== 'membrane' || index < last);
    return fires ? [{ index, shape: maps[index] ?? network.input.shape }] : [];
  });
}
