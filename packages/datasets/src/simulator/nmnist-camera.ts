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
    x: 0.63,
    y: 1.35,
    saccades: [
      { start: 9, end: 80, x: 2.54, y: 6.53, peak: 0.74 },
      { start: 95, end: 187, x: 5.12, y: 1.34, peak: 0.72 },
      // The mount swings on for a moment.
      { start: 187, end: 212, x: 5.43, y: 0.92, peak: 0.5 },
      { start: 218, end: 308, x: 0.28, y: 1.63, peak: 0.34 },
    ],
  },
  darkness: 0.1,
  on: 0.297,
  off: 0.265,
  mismatch: 0.22,
  variation: 0.12,
  refractory: 1.44,
  onNoise: 0.27,
  offNoise: 0.0007,
  placement: 0.2,
  timing: 2,
  blur: 0.24,
  step: 1.5,
  duration: 315,
};
