import { direct, type Network, type NetworkSpec, network, paper, type Readout, rate, spikes } from '@certispike/sdk';
import { readJson } from './config/resolve.js';
import type { TrainConfig } from './config/train.js';

/** What a network must fit. */
interface Examples {
  /** Channels, height, width. */
  readonly shape: readonly [number, number, number];
  /** Time steps of examples that are spikes. */
  readonly steps?: number | undefined;
  readonly classes: number;
}

/**
 * The network of a configuration: one of the paper's by name, or a description given as an object or a JSON file, with
 * encoding, steps and readout replaced where the configuration names them. The paper's networks are fed spikes where the
 * examples are spikes, else a rate code.
 * @throws CertispikeError when the description is not a network
 */
export async function configuredNetwork(config: TrainConfig, examples: Examples): Promise<Network> {
  const { shape, classes } = examples;
  const { encoding, steps } = config;
  const readout: Readout | undefined =
    config.readout === 'linear' ? { kind: 'linear', classes } : config.readout && { kind: config.readout };
  if (config.network === 'fc' || config.network === 'conv') {
    const feed = feeds[encoding ?? (examples.steps === undefined ? 'rate' : 'spikes')];
    const input = feed(shape, { steps: steps ?? examples.steps ?? 10 });
    return paper[config.network]({ input, readout: config.readout ?? 'rate' });
  }
  const given = typeof config.network === 'string' ? await readJson('network', config.network) : config.network;
  const described = network(given as NetworkSpec);
  return network({
    layers: described.layers,
    input: { ...described.input, ...(encoding && { encoding }), ...(steps !== undefined && { steps }) },
    readout: readout ?? described.readout,
  });
}

const feeds = { rate, direct, spikes };
