import { DatasetError } from '../error.js';
import type { Idx } from './idx.js';

/** Labelled images as bytes, or spikes as bits: what a data set is before it is split, shuffled and batched. */
export interface Examples {
  /**
   * Pixels 0..255, `count * channels * height * width`, row-major. With `steps`: spikes as bits, lowest first, of
   * `steps * channels * height * width` positions per example; every example begins with a byte of its own.
   */
  readonly images: Uint8Array;
  /** Frames per example, for spikes. */
  readonly steps?: number | undefined;
  /** Classes, `count`, each below `classes`. */
  readonly labels: Uint8Array;
  /** Shape of one image: channels, height, width. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly count: number;
  /** Makes an example be there, where examples are computed when they are asked for. */
  readonly fill?: ((sample: number) => void) | undefined;
}

/** A parsed IDX file and the name it had. */
export interface NamedIdx {
  readonly file: string;
  readonly idx: Idx;
}

/**
 * Joins an IDX file of images (uint8, `[count, height, width]` or `[count, channels, height, width]`) and one of labels
 * (uint8, `[count]`).
 * @throws DatasetError `image-format`, `label-format`, `count-mismatch`, `label-range`.
 * @example
 * ```ts
 * import { joinExamples, parseIdx, writeIdx } from '@certispike/datasets';
 *
 *
 * const idx = (shape: number[], data: number[]) => parseIdx(writeIdx({ type: 'uint8', shape, data: Uint8Array.from(data) }));
 * const images = { file: 'images', idx: idx([2, 1, 2], [0, 255, 255, 0]) };
 * const labels = { file: 'labels', idx: idx([2], [0, 1]) };
 * const examples = joinExamples(images, labels, 2);
 * console.log(examples.shape, examples.count); // [ 1, 1, 2 ] 2
 * ```
 */
export function joinExamples(images: NamedIdx, labels: NamedIdx, classes: number): Examples {
  const pixels = images.idx;
  const dimensions = pixels.shape.length;
  if (pixels.type !== 'uint8' || dimensions < 3 || dimensions > 4 || pixels.shape.includes(0)) {
    throw new DatasetError('image-format', {
      file: images.file,
      field: 'images',
      expected: 'uint8 of shape [count, height, width] or [count, channels, height, width], none of them 0',
      received: `${pixels.type} of shape [${pixels.shape.join(', ')}]`,
    });
  }
  const digits = labels.idx;
  if (digits.type !== 'uint8' || digits.shape.length !== 1) {
    throw new DatasetError('label-format', {
      file: labels.file,
      field: 'labels',
      expected: 'uint8 of shape [count]',
      received: `${digits.type} of shape [${digits.shape.join(', ')}]`,
    });
  }
  const count = pixels.shape[0] as number;
  if (digits.data.length !== count) {
    throw new DatasetError('count-mismatch', {
      file: labels.file,
      field: 'number of labels',
      expected: `${count}, one for each image in ${images.file}`,
      received: `${digits.data.length}`,
    });
  }
  const wrong = digits.data.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DatasetError('label-range', {
      file: labels.file,
      field: `label of example ${wrong}`,
      expected: `0 to ${classes - 1}`,
      received: `${digits.data[wrong]}`,
    });
  }
  const [channels, height, width] = dimensions === 3 ? [1, ...pixels.shape.slice(1)] : pixels.shape.slice(1);
  return {
    images: pixels.data,
    labels: digits.data,
    shape: [channels as number, height as number, width as number],
    classes,
    count,
  };
}
