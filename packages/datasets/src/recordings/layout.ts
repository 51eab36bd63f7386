import type { RecordingItems } from './item.js';

/** Who made a data set, and under which terms. */
export interface About {
  readonly title: string;
  readonly authors: string;
  readonly licence: string;
  readonly url: string;
}

/** A data set of recordings as it lies in a folder, before anything is read. */
export interface Layout {
  /** For the names of sources. */
  readonly name: string;
  /** Names of the classes, in the order of their labels. */
  readonly classNames: readonly string[];
  readonly train: RecordingItems;
  /** Undefined where the data set is not cut in two; then a sixth of each class is held out. */
  readonly test: RecordingItems | undefined;
  readonly about?: About | undefined;
}

export const NMNIST: About = {
  title: 'N-MNIST',
  authors: 'Orchard, Jayawant, Cohen, Thakor, 2015 (doi 10.3389/fnins.2015.00437)',
  licence: 'CC BY-SA 4.0',
  url: 'https://www.garrickorchard.com/datasets/n-mnist',
};

export const DVS_GESTURE: About = {
  title: 'DVS128 Gesture',
  authors: 'Amir et al., CVPR 2017',
  licence: 'CC BY 4.0',
  url: 'https://research.ibm.com/interactive/dvsgesture/',
};

export const CIFAR10_DVS: About = {
  title: 'CIFAR10-DVS',
  authors: 'Li, Liu, Ji, Li, Shi, 2017 (doi 10.3389/fnins.2017.00309)',
  licence: 'CC BY 4.0',
  url: 'https://doi.org/10.6084/m9.figshare.4724671',
};

export const HEIDELBERG: About = {
  title: 'Spiking Heidelberg Digits / Spiking Speech Commands',
  authors: 'Cramer, Stradmann, Schemmel, Zenke, 2020 (doi 10.1109/TNNLS.2020.3044364)',
  licence: 'CC BY 4.0',
  url: 'https://zenkelab.org/resources/spiking-heidelberg-datasets-shd/',
};
