import { runConfig, type RunOptions } from '../config/certification.js';
import type { ImageShape } from '../config/input.js';
import type { Source } from '../data/source.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../engine/model.js';
import { poolEngine } from '../engine/pool-engine.js';
import { CertispikeError } from '../error.js';
import type { SpikesJob } from '../worker/protocol.js';
import { joined, sweep } from './sweep.js';

/** The spikes that the first layer of a network sees. */
export interface InputSpikes {
  readonly examples: number;
  readonly steps: number;
  /** Of the spikes of one step. */
  readonly shape: ImageShape;
  /** Keys in the data set. */
  readonly samples: Uint32Array;
  /** Ones and zeros, `[examples, steps, channels, height, width]`. */
  readonly spikes: Uint8Array;
}

/**
 * What a rate code draws of a source's examples for (seed, presentation), or spikes as they are. Meant for few examples
 * (`limit`), to look at them.
 * @throws CertispikeError `unsupported` for a network that sees pixels, and as {@link evaluate}
 * @example
 * ```ts
 * import { inputSpikes } from '@certispike/sdk';
 *
 *
 * const { spikes, steps, shape } = await inputSpikes(engine, model, test, { seed: 7, limit: 1 });
 * const [channels, height, width] = shape;
 * console.log(spikes.length === steps * channels * height * width); // true
 * ```
 */
export async function inputSpikes(
  engine: Engine,
  model: Model,
  source: Source,
  options: RunOptions = {},
): Promise<InputSpikes> {
  const inner = poolEngine(engine);
  const own = inner.own(model);
  const { input } = own.network;
  if (input.encoding === 'direct') {
    throw CertispikeError.expected('unsupported', 'network.input.encoding', "'rate' or 'spikes'", input.encoding);
  }
  const config = runConfig(own.network, options);
  const { steps, seed, presentation } = config;
  const giveBack = own.lendForReading();
  try {
    const parts = await sweep<SpikesJob>(inner, own, source, config, (examples) => ({
      kind: 'spikes',
      examples,
      options: { steps, seed, presentation },
    }));
    const samples = joined(parts.map(({ examples }) => examples.samples));
    const spikes = joined(parts.map(({ outcome }) => outcome.spikes));
    return { examples: samples.length, steps, shape: input.shape, samples, spikes };
  } finally {
    giveBack();
  }
}
