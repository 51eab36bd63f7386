import { DatasetError } from '../error.js';
import { bytesFor } from '../parsers/bits.js';
import type { Examples } from '../parsers/examples.js';
import { numbersOf } from '../pipelines/batches.js';
import { ExampleSource } from '../pipelines/source.js';
import type { Camera } from '../simulator/camera.js';
import { NMNIST_CAMERA } from '../simulator/nmnist-camera.js';
import { simulator } from '../simulator/simulate.js';
import type { Splits } from '../splits.js';
import { DEFAULT_FRAMING, type Framing, spikeFrames, stepsOf } from './framing.js';
import type { EventSplits } from './splits.js';

/** How images become simulated recordings. */
export interface SimulatedOptions {
  /** Default: the camera of N-MNIST. */
  readonly camera?: Camera | undefined;
  /** Seed of the simulated sensor and its noise: whole number from 0 up. Default 0. */
  readonly cameraSeed?: number | undefined;
  /** How they are cut to frames. Default: ten bins of equal time. */
  readonly framing?: Framing | undefined;
}

/**
 * The same data set as an event camera would have recorded it: simulated recordings of its images, made when they are
 * first asked for (a few milliseconds each) and kept as bits. The sources' names say `simulated`.
 * @throws DatasetError `option-invalid`; `image-format` for images of more than one channel.
 * @example
 * ```ts
 * import { fashionMnist, simulatedSplits } from '@certispike/datasets';
 *
 *
 * const { train, test } = simulatedSplits(await fashionMnist({ folder: 'Fashion-MNIST' }), { framing: { bins: 5 } });
 * console.log(test.steps); // 5
 * ```
 */
export function simulatedSplits(splits: Splits, options: SimulatedOptions = {}): EventSplits {
  const framing = options.framing ?? DEFAULT_FRAMING;
  // Train and validation are of the same images, so they share what is computed.
  const training = simulatedExamples(splits.train, 0, options, framing);
  const source = ({ name, samples }: ExampleSource, examples: Examples) =>
    new ExampleSource(`simulated-${name}`, examples, samples);
  return {
    train: source(splits.train, training),
    validation: source(splits.validation, training),
    test: source(splits.test, simulatedExamples(splits.test, 2 ** 32, options, framing)),
    framing,
    classNames: Array.from({ length: splits.train.classes }, (_, index) => String(index)),
    skipped: [],
    about: undefined,
  };
}

/** @param first number of the first recording, so that training and test images have noise of their own. */
function simulatedExamples(
  images: ExampleSource,
  first: number,
  options: SimulatedOptions,
  framing: Framing,
): Examples {
  const [channels, height, width] = images.shape;
  if (channels !== 1 || images.steps !== undefined) {
    throw new DatasetError('image-format', {
      file: images.name,
      field: 'images',
      expected: 'one channel',
      received: images.steps === undefined ? `${channels}` : 'recordings',
    });
  }
  const camera = options.camera ?? NMNIST_CAMERA;
  const record = simulator({ camera, seed: options.cameraSeed });
  const steps = stepsOf(framing);
  const shape = [2, camera.height, camera.width] as const;
  const count = images.available;
  const size = bytesFor(numbersOf({ shape, steps }));
  const bits = new Uint8Array(count * size);
  const isThere = new Uint8Array(count);
  const fill = (sample: number) => {
    if (isThere[sample] === 1) return;
    const recording = record({ image: images.example(sample).image, width, height }, first + sample);
    bits.set(spikeFrames(recording, framing).bits, sample * size);
    isThere[sample] = 1;
  };
  const labels = Uint8Array.from({ length: count }, (_, sample) => images.label(sample));
  return { images: bits, labels, shape, steps, classes: images.classes, count, fill };
}
