import { arrays } from '@certispike/sdk';

/** What a reader of the documentation has: a few pictures of 28 x 28 pixels, in no meaningful order. */
export const pixels = Float32Array.from({ length: 784 * 12 }, (_, index) => ((index * 7919) % 256) / 255);
export const labels = Uint8Array.from({ length: 12 }, (_, index) => index % 10);

/** A source of them. */
export const smallSource = () => arrays({ shape: [1, 28, 28], classes: 10, images: pixels, labels });
