import type { Movement } from './saccades.js';

/** A camera that moves in front of a picture; what it does by default fits the recordings of N-MNIST. */
export interface Camera {
  /** Columns and rows of the sensor. */
  readonly width: number;
  readonly height: number;
  readonly movement: Movement;
  /** Whether pictures are shown as their negatives: white as black, and white all around. */
  readonly isNegative: boolean;
  /** Light of a black pixel, as a share of a white one's; above 0. */
  readonly darkness: number;
  /** Change of the log intensity that makes an event, of each polarity: the mean over the sensor's pixels. */
  readonly on: number;
  readonly off: number;
  /** Standard deviation of a pixel's thresholds, as a share of the mean: they differ, and stay what they are. */
  readonly mismatch: number;
  /** Standard deviation of all thresholds together between recordings, as a share of the mean. */
  readonly variation: number;
  /** Milliseconds after an event in which a pixel sees nothing. */
  readonly refractory: number;
  /** Events per pixel and second without any change: nearly all are ON. */
  readonly onNoise: number;
  readonly offNoise: number;
  /** Standard deviation of where a picture stands, in pixels, and of when its recording begins, in milliseconds. */
  readonly placement: number;
  readonly timing: number;
  /** Width of the blur of the optics: standard deviation in pixels. */
  readonly blur: number;
  /** Milliseconds between two positions; the change between them is taken as even. */
  readonly step: number;
  /** Milliseconds of a recording. */
  readonly duration: number;
}
