import { malformed } from '../failure.js';
import { bytesOf, type Dtype, ForeignTensor } from '../tensor.js';
import type { Archive } from './archive.js';
import { Global, type Resolvers, type Value } from './pickle.js';

/** Storage classes of PyTorch and their numbers. */
const storages: Readonly<Record<string, Dtype>> = {
  'torch.FloatStorage': 'float32',
  'torch.DoubleStorage': 'float64',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.LongStorage': 'int64',
  'torch.IntStorage': 'int32',
  'torch.ShortStorage': 'int16',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.BoolStorage': 'bool',
};

/** Numbers in a row that several tensors may look at. */
class Storage {
  constructor(
    readonly key: string,
    readonly dtype: Dtype,
    /** How many numbers. */
    readonly length: number,
  ) {}
}

/** More axes have no use in a network; loops over them are bounded so. */
const mostAxes = 16;

/**
 * What PyTorch's pickles may name: what makes tensors, and the ordered dictionary of a state dict.
 * @param archive where the numbers lie
 */
export function torchResolvers(archive: Archive): Resolvers {
  const globals = new Map<string, Global>(Object.keys(storages).map((name) => [name, new Global(name)]));
  const callable = (name: string, call: (values: readonly Value[], where: string) => Value) =>
    globals.set(name, new Global(name, call));
  callable('collections.OrderedDict', (values, where) => {
    if (values.length > 0) throw malformed(where, 'expected an empty ordered dictionary to fill, got one with content');
    return new Map();
  });
  callable('torch.Size', ([sizes], where) => whole(where, 'sizes', sizes));
  callable('torch._utils._rebuild_tensor_v2', (values, where) => tensor(archive, values, where));
  callable('torch._utils._rebuild_parameter', ([data], where) => {
    if (!(data instanceof ForeignTensor))
      throw malformed(where, 'expected the tensor of a parameter, got something else');
    return data;
  });
  return {
    global: (name) => globals.get(name),
    persistent: (id, where) => storage(archive, id, where),
  };
}

function storage(archive: Archive, id: Value, where: string): Storage {
  if (!Array.isArray(id)) throw malformed(where, 'expected a storage, got something else');
  const [kind, type, key, , length] = id as readonly Value[];
  const dtype = type instanceof Global ? storages[type.name] : undefined;
  if (kind !== 'storage' || dtype === undefined || typeof key !== 'string' || !isWhole(length)) {
    throw malformed(where, "expected a storage ('storage', type, key, location, length), got something else");
  }
  const expected = length * bytesOf(dtype);
  const got = archive.sizeOf(`data/${key}`);
  if (got === undefined) throw malformed(where, `expected the record data/${key} in the archive, got none`);
  if (got !== expected) {
    throw malformed(where, `expected data/${key} to hold ${length} ${dtype} in ${expected} bytes, got ${got} bytes`);
  }
  return new Storage(key, dtype, length);
}

function tensor(archive: Archive, values: readonly Value[], where: string): ForeignTensor {
  const [from, offset, sizes, steps] = values;
  if (!(from instanceof Storage) || !isWhole(offset)) {
    throw malformed(where, 'expected a tensor (storage, offset, sizes, strides), got something else');
  }
  const [shape, strides] = [whole(where, 'sizes', sizes), whole(where, 'strides', steps)];
  if (shape.length !== strides.length || shape.length > mostAxes) {
    throw malformed(
      where,
      `expected a stride for each of at most ${mostAxes} sizes, got ${shape.length} sizes and ${strides.length} strides`,
    );
  }
  const length = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] as number), offset);
  if (length > 0 && last >= from.length) {
    throw malformed(where, `expected a tensor within its ${from.length} numbers, got one that reaches number ${last}`);
  }
  // An expanded tensor may look at one number a billion times.
  if (length > from.length) {
    throw malformed(where, `expected at most as many entries as numbers (${from.length}), got ${length}`);
  }
  const layout = { dtype: from.dtype, shape, offset, strides, little: archive.little };
  return new ForeignTensor('', layout, () => archive.read(`data/${from.key}`));
}

function isWhole(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function whole(where: string, what: string, values: Value | undefined): number[] {
  if (Array.isArray(values) && values.every(isWhole)) return [...values];
  throw malformed(where, `expected ${what} that are whole numbers from 0 up, got something else`);
}
