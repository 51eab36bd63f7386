import { unmapped } from './failure.js';

/** Types of numbers that frameworks store. */
export type Dtype = keyof typeof readers;

type Reader = readonly [bytes: number, read: (view: DataView, at: number, little: boolean) => number];

/** Bytes of a number and how it is read. */
const readers = {
  float32: [4, (view, at, little) => view.getFloat32(at, little)],
  float64: [8, (view, at, little) => view.getFloat64(at, little)],
  float16: [2, (view, at, little) => half(view.getUint16(at, little))],
  bfloat16: [2, (view, at, little) => brain(view.getUint16(at, little))],
  int64: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  int32: [4, (view, at, little) => view.getInt32(at, little)],
  int16: [2, (view, at, little) => view.getInt16(at, little)],
  int8: [1, (view, at) => view.getInt8(at)],
  uint8: [1, (view, at) => view.getUint8(at)],
  bool: [1, (view, at) => Number(view.getUint8(at) !== 0)],
} satisfies Record<string, Reader>;

/** Bytes of one number of a type. */
export const bytesOf = (dtype: Dtype): number => readers[dtype][0];

/** IEEE binary16. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The upper half of a float32. */
function brain(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

const word = new DataView(new ArrayBuffer(4));

/** Where the numbers of a tensor lie. */
export interface Layout {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** In numbers, not bytes. */
  readonly offset: number;
  readonly strides: readonly number[];
  readonly little: boolean;
}

/** A tensor of a file of another framework. Its numbers are read when they are asked for. */
export class ForeignTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** How many numbers it has. */
  readonly length: number;
  readonly #data: () => Promise<Uint8Array>;
  readonly #layout: Layout;

  /** @param data the bytes that the layout speaks of; it has been checked to fit them */
  constructor(
    readonly name: string,
    layout: Layout,
    data: () => Promise<Uint8Array>,
  ) {
    this.dtype = layout.dtype;
    this.shape = layout.shape;
    this.length = layout.shape.reduce((product, size) => product * size, 1);
    this.#layout = layout;
    this.#data = data;
  }

  /** `name [512, 784] float32` */
  get description(): string {
    return `${this.name} [${this.shape.join(', ')}] ${this.dtype}`;
  }

  /** The same tensor under another name. */
  named(name: string): ForeignTensor {
    return new ForeignTensor(name, this.#layout, this.#data);
  }

  /** The numbers in row-major order, as exact as a double is. */
  async numbers(): Promise<Float64Array> {
    const { dtype, offset, strides, little } = this.#layout;
    const [size, read] = readers[dtype];
    const bytes = await this.#data();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const numbers = new Float64Array(this.length);
    if (strides.join() === rowMajor(this.shape).join()) {
      for (let position = 0; position < numbers.length; position += 1) {
        numbers[position] = read(view, (offset + position) * size, little);
      }
      return numbers;
    }
    const index = this.shape.map(() => 0);
    let at = offset;
    for (let position = 0; position < numbers.length; position += 1) {
      numbers[position] = read(view, at * size, little);
      for (let axis = index.length - 1; axis >= 0; axis -= 1) {
        const stride = strides[axis] as number;
        at += stride;
        index[axis] = (index[axis] as number) + 1;
        if ((index[axis] as number) < (this.shape[axis] as number)) break;
        at -= stride * (this.shape[axis] as number);
        index[axis] = 0;
      }
    }
    return numbers;
  }

  /** The one number of a tensor without or with a single entry. */
  async number(): Promise<number> {
    if (this.length !== 1) throw unmapped(this.name, `expected one number, got ${this.description}`);
    return (await this.numbers())[0] as number;
  }
}

/** Tensors by name. */
export type ForeignTensors = ReadonlyMap<string, ForeignTensor>;

/** What is inside a file, for messages; long lists are cut. */
export function contents(tensors: ForeignTensors): string {
  const all = [...tensors.values()].map(({ description }) => description);
  const most = 24;
  if (all.length === 0) return 'no tensors';
  return all.length <= most ? all.join(', ') : `${all.slice(0, most).join(', ')} and ${all.length - most} more`;
}

/** Row-major strides. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}
