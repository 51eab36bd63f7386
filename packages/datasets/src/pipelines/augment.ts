import { integerOption } from '../error.js';
import type { Augment } from './interface.js';

/**
 * Moves the whole example by up to `most` pixels in each direction, zeros coming in: the same way in all of its frames.
 * @param most whole number from 0 up.
 * @example
 * ```ts
 * import { mnist, shifts } from '@certispike/datasets';
 *
 *
 * const { train } = await mnist();
 * const augmented = train.augmented(shifts(2)); // for fit; read in the data set's order it is as it was
 * ```
 */
export function shifts(most: number): Augment {
  integerOption('most', most, 0, 65_536);
  return (image, { shape, random }) => {
    const draw = () => Math.floor(random() * (2 * most + 1)) - most;
    const [right, down] = [draw(), draw()];
    const [, height, width] = shape;
    const moved = new Uint8Array(image.length);
    if (Math.abs(right) >= width) return moved;
    for (let plane = 0; plane < image.length; plane += height * width) {
      for (let y = Math.max(0, down); y < Math.min(height, height + down); y += 1) {
        const from = plane + (y - down) * width;
        const row = image.subarray(from + Math.max(0, -right), from + Math.min(width, width - right));
        moved.set(row, plane + y * width + Math.max(0, right));
      }
    }
    return moved;
  };
}

/**
 * Mirrors left and right in half of the cases: for things that may face either way, which digits may not.
 * @example
 * ```ts
 * import { fashionMnist, mirrors } from '@certispike/datasets';
 *
 *
 * const { train } = await fashionMnist({ folder: 'Fashion-MNIST' });
 * const augmented = train.augmented(mirrors());
 * ```
 */
export function mirrors(): Augment {
  return (image, { shape, random }) => {
    if (random() < 0.5) return image;
    for (let row = 0; row < image.length; row += shape[2]) image.subarray(row, row + shape[2]).reverse();
    return image;
  };
}
