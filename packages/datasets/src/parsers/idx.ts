import { DatasetError } from '../error.js';
import { gunzip, isGzip } from './gzip.js';

/** Element types of IDX files by their code in the third byte; multi-byte ones are big-endian. */
const TYPES = {
  0x08: { type: 'uint8', bytes: 1 },
  0x09: { type: 'int8', bytes: 1 },
  0x0b: { type: 'int16', bytes: 2 },
  0x0c: { type: 'int32', bytes: 4 },
  0x0d: { type: 'float32', bytes: 4 },
  0x0e: { type: 'float64', bytes: 8 },
} as const;

type TypeCode = keyof typeof TYPES;

/** An array with its shape, row-major, as an IDX file holds it. */
export type Idx =
  | { readonly type: 'uint8'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'int8'; readonly shape: readonly number[]; readonly data: Int8Array }
  | { readonly type: 'int16'; readonly shape: readonly number[]; readonly data: Int16Array }
  | { readonly type: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'float64'; readonly shape: readonly number[]; readonly data: Float64Array };

/**
 * Parses an IDX file (http://yann.lecun.com/exdb/mnist, "the IDX file format"): two zero bytes, the type, the number of
 * dimensions, each dimension as a big-endian u32, then the elements.
 * `uint8` and `int8` data are views of `bytes`, not copies.
 * @param bytes the whole file, not compressed (see `decodeIdx`).
 * @param file its name, for errors.
 * @throws DatasetError `idx-truncated`, `idx-magic`, `idx-type`, `idx-dimensions`, `idx-length`.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { parseIdx } from '@certispike/datasets';
 *
 *
 * const { type, shape } = parseIdx(await readFile('MNIST/t10k-labels-idx1-ubyte'));
 * console.log(type, shape); // uint8 [ 20 ]
 * ```
 */
export function parseIdx(bytes: Uint8Array, file?: string): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) {
    throw new DatasetError('idx-truncated', {
      file,
      field: 'header',
      expected: 'at least 4 bytes',
      received: `${bytes.length}`,
    });
  }
  if (view.getUint16(0) !== 0) {
    throw new DatasetError('idx-magic', {
      file,
      field: 'magic number',
      expected: 'an IDX file, which starts with two zero bytes',
      received: `0x${view.getUint32(0).toString(16).padStart(8, '0')}`,
    });
  }
  const code = view.getUint8(2);
  if (!isTypeCode(code)) {
    throw new DatasetError('idx-type', {
      file,
      field: 'element type',
      expected: '0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e',
      received: `0x${code.toString(16).padStart(2, '0')}`,
    });
  }
  const shape = readShape(view, file);
  const start = 4 + 4 * shape.length;
  const size = TYPES[code].bytes;
  // One dimension of 0 makes the whole array empty, however large the others are.
  const count = shape.includes(0) ? 0 : shape.reduce((product, dimension) => product * dimension, 1);
  const expected = start + count * size;
  if (bytes.length !== expected) {
    throw new DatasetError(bytes.length < expected ? 'idx-truncated' : 'idx-length', {
      file,
      field: 'length',
      expected: `${expected} bytes for ${TYPES[code].type} of shape [${shape.join(', ')}]`,
      received: `${bytes.length}`,
    });
  }
  return readElements(code, shape, view, start, count);
}

/**
 * Like `parseIdx`, for a file that may be gzipped; told by its content, not its name.
 * @throws DatasetError also `gzip-corrupt`, `gzip-too-large`.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { decodeIdx } from '@certispike/datasets';
 *
 *
 * const { type, shape } = await decodeIdx(await readFile('MNIST/t10k-images-idx3-ubyte'));
 * console.log(type, shape); // uint8 [ 20, 28, 28 ]
 * ```
 */
export async function decodeIdx(bytes: Uint8Array, file?: string): Promise<Idx> {
  return parseIdx(isGzip(bytes) ? await gunzip(bytes, file) : bytes, file);
}

/**
 * The inverse of `parseIdx`: the bytes of an IDX file.
 * @throws DatasetError `idx-dimensions` when there are not 1 to 255 dimensions of u32, `idx-length` when the shape does
 * not fit the data.
 * @example
 * ```ts
 * import { writeIdx } from '@certispike/datasets';
 *
 *
 * const bytes = writeIdx({ type: 'uint8', shape: [2, 2], data: Uint8Array.of(0, 64, 128, 255) });
 * console.log(bytes.length); // 16
 * ```
 */
export function writeIdx(idx: Idx): Uint8Array {
  const { shape, data, type } = idx;
  if (shape.length < 1 || shape.length > 255 || !shape.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)) {
    throw new DatasetError('idx-dimensions', {
      field: 'shape',
      expected: '1 to 255 dimensions, each an unsigned 32-bit integer',
      received: `[${shape.join(', ')}]`,
    });
  }
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  if (count !== data.length) {
    throw new DatasetError('idx-length', {
      field: 'data',
      expected: `${count} elements for shape [${shape.join(', ')}]`,
      received: `${data.length}`,
    });
  }
  const code = (Object.keys(TYPES).map(Number) as TypeCode[]).find((key) => TYPES[key].type === type) as TypeCode;
  const size = TYPES[code].bytes;
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + count * size);
  const view = new DataView(bytes.buffer);
  view.setUint8(2, code);
  view.setUint8(3, shape.length);
  shape.forEach((dimension, i) => view.setUint32(4 + 4 * i, dimension));
  for (let i = 0, at = start; i < count; i += 1, at += size) {
    const value = data[i] as number;
    if (type === 'uint8') view.setUint8(at, value);
    else if (type === 'int8') view.setInt8(at, value);
    else if (type === 'int16') view.setInt16(at, value);
    else if (type === 'int32') view.setInt32(at, value);
    else if (type === 'float32') view.setFloat32(at, value);
    else view.setFloat64(at, value);
  }
  return bytes;
}

function isTypeCode(code: number): code is TypeCode {
  return code in TYPES;
}

function readShape(view: DataView, file: string | undefined): number[] {
  const dimensions = view.getUint8(3);
  if (dimensions === 0) {
    throw new DatasetError('idx-dimensions', {
      file,
      field: 'number of dimensions',
      expected: '1 to 255',
      received: '0',
    });
  }
  if (view.byteLength < 4 + 4 * dimensions) {
    throw new DatasetError('idx-truncated', {
      file,
      field: 'header',
      expected: `${4 + 4 * dimensions} bytes for ${dimensions} dimensions`,
      received: `${view.byteLength}`,
    });
  }
  return Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
}

function readElements(code: TypeCode, shape: number[], view: DataView, start: number, count: number): Idx {
  const { type, bytes } = TYPES[code];
  const fill = <T extends Int16Array | Int32Array | Float32Array | Float64Array>(
    data: T,
    read: (at: number) => number,
  ): T => {
    for (let i = 0; i < count; i += 1) data[i] = read(start + i * bytes);
    return data;
  };
  switch (type) {
    case 'uint8':
      return { type, shape, data: new Uint8Array(view.buffer, view.byteOffset + start, count) };
    case 'int8':
      return { type, shape, data: new Int8Array(view.buffer, view.byteOffset + start, count) };
    case 'int16':
      return { type, shape, data: fill(new Int16Array(count), (at) => view.getInt16(at)) };
    case 'int32':
      return { type, shape, data: fill(new Int32Array(count), (at) => view.getInt32(at)) };
    case 'float32':
      return { type, shape, data: fill(new Float32Array(count), (at) => view.getFloat32(at)) };
    case 'float64':
      return { type, shape, data: fill(new Float64Array(count), (at) => view.getFloat64(at)) };
  }
}
