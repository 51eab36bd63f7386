import { runConfig, type RunOptions } from '../config/certification.js';
import { isPool, type Layer } from '../config/layers.js';
import type { Network } from '../config/network.js';
import { mapsOf, sizeOf } from '../config/shape.js';
import type { Source } from '../data/source.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import type { ActivityJob, ActivityOutcome } from '../worker/protocol.js';
import { sweep } from './sweep.js';

/** Synaptic operations of one example, all steps together. */
export interface Operations {
  /** Additions of a weight: one for every synapse that a spike meets. */
  readonly accumulates: number;
  /** Multiplications of a weight by a number that is no spike, and their additions. */
  readonly multiplyAccumulates: number;
}

/** What one layer does, as a mean over the examples. */
export interface LayerActivity extends Operations {
  /** Its place in the network's list of layers. */
  readonly index: number;
  readonly layer: Layer;
  /** Neurons that can fire; 0 for the last layer under a membrane readout. */
  readonly neurons: number;
  /** Weights that are not zero, as often as inputs meet them: operations of a step in which every input is on. */
  readonly synapses: number;
  /** Multiply-accumulates of a conventional layer of this shape, which sees what pools before it made. */
  readonly dense: number;
  /** Spikes per step. */
  readonly spikes: readonly number[];
  /** Spikes per neuron and step, 0 to 1; 0 for a layer that does not fire. */
  readonly rate: number;
}

/** Spikes and synaptic operations of a model on some examples; all counts are means per example. */
export interface ActivityResult extends Operations {
  readonly examples: number;
  readonly steps: number;
  readonly seed: number;
  readonly presentation: number;
  readonly input: {
    /** Whether the input is spikes, or real numbers (of which those that are not zero count). */
    readonly kind: 'spikes' | 'pixels';
    /** Numbers in an input. */
    readonly size: number;
    /** Inputs per step that are not zero. */
    readonly spikes: readonly number[];
  };
  /** The layers with neurons. */
  readonly layers: readonly LayerActivity[];
  /** Of a linear readout, which reads spikes as they come. */
  readonly readout: (Operations & { readonly synapses: number; readonly dense: number }) | undefined;
  /** Spikes of all layers and steps. */
  readonly spikes: number;
  /** Multiply-accumulates of one pass of a conventional network of this shape, weights of zero left out. */
  readonly dense: number;
  /** Wall-clock time. */
  readonly seconds: number;
}

/**
 * Counts what a source's examples make a model do: spikes per layer and step, and the synaptic operations they cost a
 * machine that works event by event.
 *
 * A spike costs one accumulate for every synapse (a weight that is not zero) that it meets, counted exactly through the
 * geometry: less at the edge of a map, and through a pool one per input of a window. A pixel of a direct input that is not
 * zero costs a multiply-accumulate instead, at every step. Leaks, biases and resets are not counted. The counts are exact
 * and do not depend on the number of workers or the batch size.
 * @throws CertispikeError as {@link evaluate}
 * @example
 * ```ts
 * import { activity } from '@certispike/sdk';
 *
 *
 * const { layers, spikes, accumulates } = await activity(engine, model, test, { limit: 4 });
 * for (const { index, rate } of layers) console.log(index, rate);
 * ```
 */
export async function activity(
  engine: Engine,
  model: Model,
  source: Source,
  options: RunOptions = {},
): Promise<ActivityResult> {
  const start = performance.now();
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const config = runConfig(own.network, options);
  const { steps, seed, presentation } = config;
  const giveBack = own.lendForReading();
  try {
    const parts = await sweep<ActivityJob>(inner, own, source, config, (examples) => ({
      kind: 'activity',
      examples,
      options: { steps, seed, presentation },
    }));
    const examples = parts.reduce((sum, part) => sum + part.examples.samples.length, 0);
    const mean = (field: 'spikes' | 'operations') => {
      const sums = total(parts.map(({ outcome }) => outcome[field]));
      return rowsOf(sums, steps).map((row) => row.map((sum) => sum / examples));
    };
    return {
      ...summed(own.network, mean('spikes'), mean('operations'), parts[0]?.outcome),
      examples,
      steps,
      seed,
      presentation,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    giveBack();
  }
}

type Counts = Pick<
  ActivityResult,
  'input' | 'layers' | 'readout' | 'spikes' | 'dense' | 'accumulates' | 'multiplyAccumulates'
>;

function summed(
  network: Network,
  [ofInput = [], ...spikes]: readonly (readonly number[])[],
  operations: readonly (readonly number[])[],
  perStage: Pick<ActivityOutcome, 'synapses' | 'dense'> | undefined,
): Counts {
  const direct = network.input.encoding === 'direct';
  const stage = (index: number) => {
    const sum = addedUp(operations[index] ?? []);
    const isReal = direct && index === 0;
    return {
      synapses: perStage?.synapses[index] ?? 0,
      dense: perStage?.dense[index] ?? 0,
      accumulates: isReal ? 0 : sum,
      multiplyAccumulates: isReal ? sum : 0,
    };
  };
  const maps = mapsOf(network);
  const parametrised = network.layers.flatMap((layer, index) => (isPool(layer) ? [] : [{ layer, index }]));
  const layers = parametrised.map(({ layer, index }, number): LayerActivity => {
    const fires = network.readout.kind !== 'membrane' || index + 1 < network.layers.length;
    const neurons = fires ? sizeOf(maps[index] ?? [0, 0, 0]) : 0;
    const ofLayer = spikes[number] ?? [];
    const rate = neurons === 0 ? 0 : addedUp(ofLayer) / neurons / ofLayer.length;
    return { index, layer, neurons, spikes: ofLayer, rate, ...stage(number) };
  });
  const readout = network.readout.kind === 'linear' ? stage(layers.length) : undefined;
  const stages = readout === undefined ? layers : [...layers, readout];
  return {
    input: { kind: direct ? 'pixels' : 'spikes', size: sizeOf(network.input.shape), spikes: ofInput },
    layers,
    readout,
    spikes: addedUp(layers.flatMap((layer) => layer.spikes)),
    dense: addedUp(stages.map((stage) => stage.dense)),
    accumulates: addedUp(stages.map((stage) => stage.accumulates)),
    multiplyAccumulates: addedUp(stages.map((stage) => stage.multiplyAccumulates)),
  };
}

/** Entry by entry; whole numbers, so that their order does not matter. */
function total(arrays: readonly Float64Array[]): number[] {
  return Array.from({ length: arrays[0]?.length ?? 0 }, (_, index) =>
    addedUp(arrays.map((array) => array[index] ?? Number.NaN)),
  );
}

function rowsOf(values: readonly number[], size: number): number[][] {
  return Array.from({ length: values.length / size }, (_, row) => values.slice(row * size, (row + 1) * size));
}

function addedUp(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
