import { DatasetError, integerOption } from '../error.js';
import type { Recording } from '../events/recording.js';
import type { Camera } from './camera.js';
import { NMNIST_CAMERA } from './nmnist-camera.js';
import type { Picture } from './scene.js';
import { Simulator } from './simulator.js';

/** What a simulation depends on, besides the picture. */
export interface SimulationOptions {
  /** Default: the camera of N-MNIST. */
  readonly camera?: Camera | undefined;
  /** Seed of the sensor and of everything random: whole number from 0 up. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Makes simulated recordings of pictures, the same for the same camera, seed, picture and sample on every platform.
 * @returns a function of the picture and its number in the data set.
 * @throws DatasetError `option-invalid`
 * @example
 * ```ts
 * import { simulator } from '@certispike/datasets';
 *
 *
 * const record = simulator({ seed: 1 });
 * const image = Uint8Array.from({ length: 784 }, (_, at) => (at % 28 < 14 ? 255 : 0));
 * const recordings = [0, 1].map((sample) => record({ image, width: 28, height: 28 }, sample));
 * ```
 */
export function simulator(options: SimulationOptions = {}): (picture: Picture, sample: number) => Recording {
  const camera = checkedCamera(options.camera ?? NMNIST_CAMERA);
  const simulation = new Simulator(camera, integerOption('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER));
  return (picture, sample) => {
    const { image, width, height } = picture;
    integerOption('sample', sample, 0, Number.MAX_SAFE_INTEGER);
    integerOption('width', width, 1, 4096);
    integerOption('height', height, 1, 4096);
    integerOption('image.length', image.length, width * height, width * height);
    return simulation.record(picture, sample);
  };
}

/**
 * A simulated recording of one picture; {@link simulator} is quicker for many.
 * @example
 * ```ts
 * import { simulateRecording } from '@certispike/datasets';
 *
 *
 * const image = Uint8Array.from({ length: 784 }, (_, at) => (at % 28 < 14 ? 255 : 0));
 * const recording = simulateRecording({ image, width: 28, height: 28 });
 * console.log(recording.width, recording.height); // 34 34
 * ```
 */
export function simulateRecording(
  picture: Picture,
  options: SimulationOptions & { readonly sample?: number } = {},
): Recording {
  return simulator(options)(picture, options.sample ?? 0);
}

const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  darkness: [1e-6, 1],
  on: [1e-3, 100],
  off: [1e-3, 100],
  mismatch: [0, 1],
  variation: [0, 1],
  refractory: [1e-3, 1e6],
  onNoise: [0, 1e4],
  offNoise: [0, 1e4],
  placement: [0, 1000],
  timing: [0, 1e6],
  blur: [0, 10],
  step: [1e-2, 1e3],
  duration: [0, 1e6],
};

function checkedCamera(camera: Camera): Camera {
  integerOption('camera.width', camera.width, 1, 4096);
  integerOption('camera.height', camera.height, 1, 4096);
  for (const [field, [least, most]] of Object.entries(RANGES)) {
    const value = camera[field as keyof Camera] as number;
    if (!(value >= least && value <= most)) throw outOfRange(`camera.${field}`, `${least} to ${most}`, value);
  }
  const { movement, duration } = camera;
  let before = 0;
  for (const [index, { start, end, x, y, peak }] of movement.saccades.entries()) {
    const field = `camera.movement.saccades[${index}]`;
    if (!(start >= before && end > start && end <= duration)) {
      throw outOfRange(field, `a start from ${before} on, then an end up to ${duration}`, `${start} and ${end}`);
    }
    if (!(peak > 0 && peak < 1)) throw outOfRange(`${field}.peak`, 'a share between 0 and 1', peak);
    if (!(Math.abs(x) <= 4096 && Math.abs(y) <= 4096)) throw outOfRange(field, 'a place near the sensor', `${x}, ${y}`);
    before = end;
  }
  return camera;
}

function outOfRange(field: string, expected: string, received: number | string): DatasetError {
  return new DatasetError('option-invalid', { field, expected, received: String(received) });
}
