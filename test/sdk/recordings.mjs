/** Spikes of a few steps, and a network for them. */
import { conv2d, linear, network, spikes } from '@certispike/sdk';
import { classes, shape, stripes } from './toy.mjs';

export const steps = 4;

/** Recordings whose class is the third of the rows where spikes are many. */
export function recordings(count, seed, frames = steps) {
  const { images, labels } = stripes(count, seed);
  let state = seed;
  const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const all = new Float32Array(count * frames * 36);
  all.forEach((_, index) => {
    const [example, pixel] = [Math.floor(index / (frames * 36)), index % 36];
    all[index] = Number(images[example * 36 + pixel] > 0.35 + 0.6 * draw());
  });
  return { shape, steps: frames, classes, images: all, labels };
}

export function spikeNetwork() {
  return network({
    input: spikes(shape, { steps }),
    layers: [conv2d(5, { kernel: 3, stride: 2, padding: 1 }), linear(classes)],
  });
}
