import { direct, type Network, type NetworkSpec, network, paper, type Readout, rate } from '@certispike/sdk';
import { readJson } from './config/resolve.js';
import type { TrainConfig } from './config/train.js';

/** What a network must fit. */
interface Images {
  /** Channels, height, width. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
}

/**
 * The network of a configuration: one of the paper's by name, or a description given as an object or a JSON file, with
 * encoding, steps and readout replaced where the configuration names them.
 * @throws CertispikeError when the description is not a network
 */
export async function configuredNetwork(config: TrainConfig, { shape, classes }: Images): Promise<Network> {
  const { encoding, steps } = config;
  const readout: Readout | undefined =
    config.readout === 'linear' ? { kind: 'linear', classes } : config.readout && { kind: config.readout };
  if (config.network === 'fc' || config.network === 'conv') {
    const feed = encoding === 'direct' ? direct : rate;
    const input = feed(shape, { steps: steps ?? 10 });
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
