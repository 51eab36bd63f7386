import { CertispikeError } from '../error.js';
import type { ImageShape, Input } from './input.js';
import type { Layer, Sides } from './layers.js';
import type { Neuron } from './neuron.js';

/**
 * The map a layer makes of a map.
 * @throws CertispikeError `invalid-shape` when the layer does not fit
 */
export function outputShape(field: string, layer: Layer, [channels, height, width]: ImageShape): ImageShape {
  if (layer.kind === 'linear') {
    checkConstants(field, layer.neuron, layer.outputs);
    return [layer.outputs, 1, 1];
  }
  if (layer.kind === 'conv2d') checkConstants(field, layer.neuron, layer.channels);
  const [kernel, stride, padding] = [pair(layer.kernel), pair(layer.stride), pair(layer.padding)];
  const dilation = pair(layer.kind === 'conv2d' ? (layer.dilation ?? 1) : 1);
  const along = (length: number, axis: 0 | 1) => {
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    const dilated = dilation[axis] === 1 ? 'kernel' : 'dilated kernel';
    if (padding[axis] >= extent) {
      const expected = `less than the ${dilated} (${extent})`;
      throw CertispikeError.expected('invalid-shape', `${field}.padding`, expected, padding[axis]);
    }
    const padded = length + 2 * padding[axis];
    if (padded < extent) {
      const expected = `at most the padded input (${height} x ${width} with padding ${spoken(layer.padding)})`;
      throw CertispikeError.expected('invalid-shape', `${field}.kernel`, expected, extent);
    }
    return Math.floor((padded - extent) / stride[axis]) + 1;
  };
  return [layer.kind === 'conv2d' ? layer.channels : channels, along(height, 0), along(width, 1)];
}

/**
 * The maps that the layers of a network make, one after another.
 * @throws CertispikeError `invalid-shape` when a layer does not fit
 */
export function mapsOf({ input, layers }: { readonly input: Input; readonly layers: readonly Layer[] }): ImageShape[] {
  let map = input.shape;
  return layers.map((layer, index) => (map = outputShape(`network.layers[${index}]`, layer, map)));
}

/** Lists have one number per output channel. */
function checkConstants(field: string, neuron: Neuron, channels: number): void {
  for (const name of ['threshold', 'leak'] as const) {
    const given = neuron[name];
    if (typeof given !== 'number' && given.length !== channels) {
      const expected = `one number, or ${channels}, one per channel`;
      throw CertispikeError.expected('invalid-shape', `${field}.neuron.${name}`, expected, `${given.length} numbers`);
    }
  }
}

function pair(sides: Sides): readonly [vertical: number, horizontal: number] {
  return typeof sides === 'number' ? [sides, sides] : sides;
}

function spoken(sides: Sides): string {
  return typeof sides === 'number' ? String(sides) : sides.join(' x ');
}

/** Numbers in a map. */
export function sizeOf([channels, height, width]: ImageShape): number {
  return channels * height * width;
}
