import { CertispikeError } from '../error.js';
import type { ImageShape } from './input.js';
import type { Layer } from './layers.js';

/**
 * The map a layer makes of a map.
 * @throws CertispikeError `invalid-shape` when the layer does not fit
 */
export function outputShape(field: string, layer: Layer, [, height, width]: ImageShape): ImageShape {
  if (layer.kind === 'linear') return [layer.outputs, 1, 1];
  const { channels, kernel, stride, padding } = layer;
  if (padding >= kernel) {
    throw CertispikeError.expected('invalid-shape', `${field}.padding`, `less than the kernel (${kernel})`, padding);
  }
  const side = (length: number) => {
    const padded = length + 2 * padding;
    if (padded < kernel) {
      const expected = `at most the padded input (${height} x ${width} with padding ${padding})`;
      throw CertispikeError.expected('invalid-shape', `${field}.kernel`, expected, kernel);
    }
    return Math.floor((padded - kernel) / stride) + 1;
  };
  return [channels, side(height), side(width)];
}

/** Numbers in a map. */
export function sizeOf([channels, height, width]: ImageShape): number {
  return channels * height * width;
}
