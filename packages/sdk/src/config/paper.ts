import { type Input, rate } from './input.js';
import { conv2d, type Layer, linear } from './layers.js';
import { type Network, network, type Readout } from './network.js';

/** What differs from the paper's set-up. */
export interface PaperOptions {
  /** MNIST as a rate code over 10 steps unless given. */
  readonly input?: Input;
  /** `rate` (the paper's) unless given; `linear` puts a linear readout of 10 classes in the place of the last layer. */
  readonly readout?: 'rate' | 'membrane' | 'linear' | Readout;
}

/**
 * The networks of Liang, Xu, Hu, Deng, Xie, "Toward Robust Spiking Neural Network Against Adversarial Perturbation",
 * NeurIPS 2022: threshold and leak 0.25, hard reset, 10 classes.
 * @example
 * ```ts
 * import { paper, rate } from '@certispike/sdk';
 *
 *
 * const asPublished = paper.fc();
 * const other = paper.conv({ input: rate([1, 28, 28], { steps: 4 }), readout: 'membrane' });
 * ```
 */
export const paper = Object.freeze({
  /** FC: inputs - 512 - 256 - 10. */
  fc: (options: PaperOptions = {}): Network => described([linear(512), linear(256)], options),

  /** CONV: 64 channels - 128 channels (3 x 3, stride 2, padding 1) - 256 - 10. */
  conv(options: PaperOptions = {}): Network {
    const geometry = { kernel: 3, stride: 2, padding: 1 };
    return described([conv2d(64, geometry), conv2d(128, geometry), linear(256)], options);
  },
});

const classes = 10;

function described(hidden: readonly Layer[], options: PaperOptions): Network {
  const { input = rate([1, 28, 28], { steps: 10 }), readout = 'rate' } = options;
  if (readout === 'linear') return network({ input, layers: hidden, readout: { kind: 'linear', classes } });
  return network({ input, layers: [...hidden, linear(classes)], readout });
}
