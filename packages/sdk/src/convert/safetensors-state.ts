import type { Safetensors } from '../checkpoint/safetensors.js';
import { unmapped } from './failure.js';
import { type Dtype, ForeignTensor, type ForeignTensors, rowMajor } from './tensor.js';

/** The names of the types that a network may have. */
const dtypes: Readonly<Record<string, Dtype>> = {
  F32: 'float32',
  F64: 'float64',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
};

/**
 * A state dict that another framework wrote as a safetensors file.
 * @param file its name in messages
 * @throws CertispikeError `cannot-convert` for a type of numbers that no network here has
 */
export function safetensorsState(file: string, { tensors }: Safetensors): ForeignTensors {
  return new Map(
    [...tensors].map(([name, { dtype: word, shape, data }]) => {
      const dtype = dtypes[word];
      if (dtype === undefined) {
        throw unmapped(`${file}: ${name}`, `expected one of ${Object.keys(dtypes).join(', ')}, got ${word}`);
      }
      const layout = { dtype, shape, offset: 0, strides: rowMajor(shape), little: true };
      return [name, new ForeignTensor(name, layout, () => Promise.resolve(data))];
    }),
  );
}
