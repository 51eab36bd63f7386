import type { Camera } from './camera.js';

/**
 * A camera that gives recordings like those of N-MNIST: three micro-saccades of about 100 ms along a triangle of about one
 * degree (Orchard, Jayawant, Cohen, Thakor 2015, section 2), in front of a picture of 28 x 28 pixels that is as large on
 * the sensor. The numbers were fitted to 80 of the real training recordings; docs/nmnist-simulated.md compares the rest.
 */
export const NMNIST_CAMERA: Camera = {
  width: 34,
  height: 34,
  movement: {
    x: 0.17,
    y: 1.48,
    saccades: [
      { start: 0, end: 82, x: 2.11, y: 6.89, peak: 0.71 },
      { start: 99, end: 184, x: 5.54, y: 1.49, peak: 0.71 },
      // The mount swings on for a moment.
      { start: 184, end: 214, x: 5.92, y: 1.14, peak: 0.4 },
      { start: 218, end: 305, x: 0.22, y: 1.43, peak: 0.4 },
    ],
  },
  // Where MNIST is white, real recordings begin with events of the polarity that a darker place makes.
  isNegative: true,
  darkness: 0.108,
  on: 0.268,
  off: 0.26,
  mismatch: 0.17,
  variation: 0.03,
  refractory: 0.99,
  onNoise: 0.27,
  offNoise: 0.0007,
  placement: 0.15,
  timing: 2,
  blur: 0.43,
  step: 1.5,
  duration: 315,
};
