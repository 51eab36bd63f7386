import { runConfig, type RunOptions } from '../config/certification.js';
import type { ImageShape } from '../config/input.js';
import { isPool } from '../config/layers.js';
import { mapsOf } from '../config/shape.js';
import type { Source } from '../data/source.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import type { TraceJob } from '../worker/protocol.js';
import { joined, sweep } from './sweep.js';

/** What one layer's neurons do, `[examples, steps, channels, height, width]` each. */
export interface LayerTrace {
  /** Its place in the network's list of layers. */
  readonly index: number;
  /** Of its map. */
  readonly shape: ImageShape;
  /** 1 where a neuron fires, else 0; empty for the last layer under a membrane readout, which does not. */
  readonly spikes: Uint8Array;
  /** Membrane potentials before the reset. */
  readonly membranes: Float32Array;
}

/** Every spike and membrane potential of a model on some examples. */
export interface TraceResult {
  readonly examples: number;
  readonly steps: number;
  /** Keys in the data set. */
  readonly samples: Uint32Array;
  /** `[examples, classes]` */
  readonly scores: Float32Array;
  /** The layers with neurons. */
  readonly layers: readonly LayerTrace[];
}

/**
 * Runs a model and keeps everything: five bytes per example, step and neuron. Meant for few examples (`limit`), to look at
 * them or to compare them with another simulator.
 * @throws CertispikeError as {@link evaluate}
 * @example
 * ```ts
 * import { trace } from '@certispike/sdk';
 *
 *
 * const { layers, steps } = await trace(engine, model, test, { limit: 1 });
 * for (const { index, shape, spikes } of layers) console.log(index, shape, spikes.length / steps);
 * ```
 */
export async function trace(
  engine: Engine,
  model: Model,
  source: Source,
  options: RunOptions = {},
): Promise<TraceResult> {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const { network } = own;
  const config = runConfig(network, options);
  const { steps, seed, presentation } = config;
  const maps = mapsOf(network);
  const indices = network.layers.flatMap((layer, index) => (isPool(layer) ? [] : [index]));
  const giveBack = own.lendForReading();
  try {
    const parts = await sweep<TraceJob>(inner, own, source, config, (examples) => ({
      kind: 'trace',
      examples,
      layers: indices.length,
      options: { steps, seed, presentation },
    }));
    const samples = joined(parts.map(({ examples }) => examples.samples));
    const layers = indices.map((index, number) => ({
      index,
      shape: maps[index] ?? network.input.shape,
      spikes: joined(parts.map(({ outcome }) => outcome.spikes[number] ?? new Uint8Array())),
      membranes: joined(parts.map(({ outcome }) => outcome.membranes[number] ?? new Float32Array())),
    }));
    return {
      examples: samples.length,
      steps,
      samples,
      scores: joined(parts.map(({ outcome }) => outcome.scores)),
      layers,
    };
  } finally {
    giveBack();
  }
}
