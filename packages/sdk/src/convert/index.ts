/**
 * Networks of PyTorch, snnTorch, SpikingJelly and NIR, exactly or not at all; models as NIR graphs. In the examples `engine`
 * is what `createEngine` gave, and `model` a network that it made.
 * @module @certispike/sdk/convert
 */

export type { Conversion, ConversionReport, Mapping, Origin } from './conversion.js';
export { convert, type ConvertOptions } from './convert.js';
export { fileKind, type FileKind } from './kind.js';
export { type Converted, modelFrom, modelOf } from './model.js';
export type { LayersDescription } from './layers/description.js';
export type { NirConvention } from './nir/convention.js';
export { toNir, type ToNirOptions } from './nir/write.js';
