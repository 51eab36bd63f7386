import { convert } from '@certispike/sdk/convert';
import { archive, dictionary, floats, op, pickle, stateDict, tensor, tuple } from './torch-file.mjs';

const refusal = (bytes) =>
  convert(bytes, { name: 'bad.pt' }).then(
    () => 'no refusal',
    ({ code, message }) => `${code} ${message}`,
  );

const pickled = async (value, records = {}) => refusal(await archive({ 'data.pkl': pickle(value), ...records }));

describe('a pickle with code', () => {
  test.each([
    ['os.system', [...op.global('os', 'system'), ...tuple(op.text('touch /tmp/owned')), ...op.reduce]],
    ['builtins.eval', [...op.global('builtins', 'eval'), ...tuple(op.text('1')), ...op.reduce]],
    ['__main__.Net', op.global('__main__', 'Net')],
    ['torch._utils._rebuild_device_tensor_from_numpy', op.global('torch._utils', '_rebuild_device_tensor_from_numpy')],
    ['numpy._core.multiarray.scalar', op.global('numpy._core.multiarray', 'scalar')],
    ['constructor.prototype', op.global('constructor', 'prototype')],
    ['__proto__.x', op.global('__proto__', 'x')],
  ])('%s is refused by name', async (name, value) => {
    expect(await pickled(value)).toMatch(
      new RegExp(
        `^invalid-model-file bad\\.pt: data\\.pkl at offset 2: .*got the Python object "${name.replaceAll('.', '\\.')}"`,
      ),
    );
  });

  test.each([
    ['a storage as a function', [...op.global('torch', 'FloatStorage'), ...op.emptyTuple, ...op.reduce]],
    ['text as a function', [...op.text('eval'), ...op.emptyTuple, ...op.reduce]],
    ['a function with no tuple', [...op.global('collections', 'OrderedDict'), ...op.int(1), ...op.reduce]],
    ['attributes of a function', [...op.global('collections', 'OrderedDict'), ...op.emptyDict, ...op.build]],
    ['keys that JavaScript knows', dictionary({ __proto__: op.int(1), constructor: op.int(2) })],
  ])('%s', async (_, value) => {
    expect(await pickled(value)).toMatch(/^(invalid-model-file|cannot-convert) bad\.pt/);
    expect({}.constructor).toBe(Object);
  });
});

describe('a pickle that is broken', () => {
  test.each([
    [
      'an instruction it does not know',
      [0x42, 0xfb, 0xff, 0xff, 0xff],
      /at offset 2: expected an instruction of protocol 2, got 0x42/,
    ],
    ['another protocol', [0x80, 4], /at offset 2: expected pickle protocol 2.*got 4/],
    [
      'text that is cut off',
      [0x58, 0xff, 0xff, 0xff, 0xff],
      /at offset 2: expected 4294967295 more bytes, got 1 before the end/,
    ],
    ['text that is no UTF-8', [0x58, 1, 0, 0, 0, 0xff], /expected text in UTF-8/],
    ['nothing on the stack', [...op.reduce], /expected a value before it, got none/],
    ['no mark', [...op.tuple], /expected a mark before it/],
    ['nothing remembered', [...op.get(7)], /expected something remembered as number 7/],
    ['several values', [...op.int(1), ...op.int(2)], /expected one value at the end/],
    ['a number of 200 bytes', op.long(Array(200).fill(1)), /at most 16 bytes, got 200/],
    ['a key without a value', [...op.emptyDict, ...op.mark, ...op.int(1), ...op.setItems], /a key without/],
    ['a list that is none', [...op.emptyDict, ...op.int(1), ...op.append], /expected a list to append to/],
  ])('%s', async (_, value, message) => {
    const refused = await pickled(value);
    expect(refused).toMatch(/^invalid-model-file bad\.pt: data\.pkl at offset/);
    expect(refused).toMatch(message);
  });

  test('itself inside itself', async () => {
    const value = [...op.emptyDict, ...op.put(1), ...op.text('a'), ...op.get(1), ...op.setItem];
    expect(await pickled(value)).toMatch(/^cannot-convert .*without tensors/);
  });

  test('a billion laughs', async () => {
    let value = [...op.emptyDict, ...op.put(0)];
    for (let level = 0; level < 200; level += 1) {
      value = [
        ...value,
        ...op.emptyDict,
        ...op.text('a'),
        ...op.get(level),
        ...op.setItem,
        ...op.text('b'),
        ...op.get(level),
        ...op.setItem,
        ...op.put(level + 1),
      ];
    }
    // The values below the last one stay on the stack.
    expect(await pickled([...op.mark, ...value, ...op.tuple])).toMatch(/^cannot-convert .*without tensors/);
  });

  test('a hundred thousand lists in lists', async () => {
    const deep = [...Array(100_000).fill(op.emptyList).flat(), ...Array(99_999).fill(op.append).flat()];
    expect(await pickled(deep)).toMatch(/^cannot-convert .*without tensors/);
  });
});

describe('a tensor that reaches too far', () => {
  const one = (description) =>
    pickled(dictionary({ a: tensor({ length: 6, ...description }) }), { 'data/0': floats([0, 1, 2, 3, 4, 5]) });

  test.each([
    [
      'past its numbers',
      { shape: [2, 3], offset: 1 },
      /expected a tensor within its 6 numbers, got one that reaches number 6/,
    ],
    ['past them by its strides', { shape: [2, 3], strides: [3, 2] }, /reaches number 7/],
    [
      'a billion entries of one number',
      { shape: [100_000, 10_000], strides: [0, 0] },
      /expected at most as many entries as numbers \(6\)/,
    ],
    ['backwards', { shape: [2, 3], strides: [-3, 1] }, /strides that are whole numbers from 0 up/],
    ['with a stride too few', { shape: [2, 3], strides: [1] }, /expected a stride for each/],
    ['of numbers that are not there', { shape: [2], key: '9' }, /expected the record data\/9 in the archive, got none/],
    [
      'of numbers that are too many',
      { shape: [2], length: 7 },
      /expected data\/0 to hold 7 float32 in 28 bytes, got 24/,
    ],
    ['of a type that is not known', { shape: [2], type: 'QInt8Storage' }, /"torch\.QInt8Storage", which is refused/],
  ])('%s', async (_, description, message) => {
    const refused = await one(description);
    expect(refused).toMatch(/^invalid-model-file bad\.pt: data\.pkl at offset/);
    expect(refused).toMatch(message);
  });
});

describe('an archive', () => {
  test('that is a zip bomb', async () => {
    const bytes = await archive({ 'data.pkl': new Uint8Array(50_000_000) }, { level: 9 });
    expect(bytes.length).toBeLessThan(100_000);
    expect(await refusal(bytes)).toMatch(
      /^invalid-model-file bad\.pt: record archive\/data\.pkl at offset 0: expected records of at most \d+ bytes, 32 times the file, got 50000000 bytes: a zip bomb/,
    );
  });

  test('that hides its size', async () => {
    const bytes = await archive({ 'data.pkl': new Uint8Array(5_000_000) }, { level: 9 });
    const view = new DataView(bytes.buffer);
    // Both headers declare the uncompressed size; a byte order mark of the format stands 22 or 24 bytes before it.
    const declared = (at) => view.getUint32(at, true);
    for (let at = 0; at < bytes.length - 30; at += 1) {
      if (declared(at) === 0x04034b50) view.setUint32(at + 22, 100, true);
      if (declared(at) === 0x02014b50) view.setUint32(at + 24, 100, true);
    }
    expect(await refusal(bytes)).toMatch(/^invalid-model-file bad\.pt/);
  });

  test('of something else', async () => {
    expect(await refusal(await archive({ 'word/document.xml': new Uint8Array(3) }))).toMatch(
      /^invalid-model-file bad\.pt: expected a zip archive of PyTorch with one record data\.pkl, got archive\/word/,
    );
  });

  test('from before PyTorch 1.6', async () => {
    const old = Uint8Array.from([
      0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]);
    expect(await refusal(old)).toMatch(/^invalid-model-file .*since 1\.6, got a file of an older one/);
  });

  test('with a byte order that is none', async () => {
    const records = { 'data.pkl': pickle(op.none), byteorder: new TextEncoder().encode('middle') };
    expect(await refusal(await archive(records))).toMatch(/byteorder: expected little or big, got "middle"/);
  });

  test('cut at every place', async () => {
    const bytes = await stateDict({ 'a.weight': { shape: [2, 2], values: [1, 2, 3, 4] } });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(await refusal(bytes.subarray(0, length))).toMatch(/^invalid-model-file bad\.pt/);
    }
  });
});
