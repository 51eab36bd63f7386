import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeIdx, isDatasetError, parseIdx, writeIdx } from '@certispike/datasets';

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Arrays of every type and of 1 to 4 dimensions, empty ones included, from random bytes (so NaN and -0 occur). */
const idx = fc
  .record({
    type: fc.constantFrom(...Object.keys(ARRAYS)),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
    seed: fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
  })
  .map(({ type, shape, seed }) => {
    const count = shape.reduce((product, n) => product * n, 1);
    const bytes = Uint8Array.from({ length: count * ARRAYS[type].BYTES_PER_ELEMENT }, () => seed.next().value);
    return { type, shape, data: new ARRAYS[type](bytes.buffer) };
  });

/** A file of 4 images of 3 x 2 pixels. */
const small = () =>
  writeIdx({ type: 'uint8', shape: [4, 3, 2], data: Uint8Array.from({ length: 24 }, (_, i) => i * 9) });

const codeOf = (bytes) => {
  try {
    parseIdx(bytes);
    return 'none';
  } catch (error) {
    expect(isDatasetError(error)).toBe(true);
    return error.code;
  }
};

describe('IDX files', () => {
  test('what is written is read again', () => {
    fc.assert(
      fc.property(idx, (value) => {
        const read = parseIdx(writeIdx(value));
        expect(read.type).toBe(value.type);
        expect(read.shape).toEqual(value.shape);
        expect(Array.from(read.data)).toEqual(Array.from(value.data));
      }),
      { numRuns: 500 },
    );
  });

  test('also at an odd offset of a larger buffer', () => {
    const file = writeIdx({ type: 'float64', shape: [3], data: Float64Array.of(1, -2.5, Infinity) });
    const buffer = new Uint8Array(file.length + 7);
    buffer.set(file, 5);
    expect(Array.from(parseIdx(buffer.subarray(5, 5 + file.length)).data)).toEqual([1, -2.5, Infinity]);
  });

  test('the layout is the published one', () => {
    expect(Array.from(writeIdx({ type: 'int16', shape: [2, 1], data: Int16Array.of(-2, 258) }))).toEqual([
      0, 0, 0x0b, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xfe, 1, 2,
    ]);
  });

  test('gzipped ones are recognised by their content', async () => {
    const plain = await decodeIdx(small());
    const zipped = await decodeIdx(gzipSync(small()));
    expect(zipped.shape).toEqual([4, 3, 2]);
    expect(Array.from(zipped.data)).toEqual(Array.from(plain.data));
  });

  test.each([
    ['empty', () => new Uint8Array(0), 'idx-truncated'],
    ['shorter than a magic number', () => small().subarray(0, 3), 'idx-truncated'],
    ['cut in the dimensions', () => small().subarray(0, 10), 'idx-truncated'],
    ['cut in the data', () => small().subarray(0, 39), 'idx-truncated'],
    ['with bytes behind the data', () => Uint8Array.from([...small(), 0]), 'idx-length'],
    ['a web page', () => new TextEncoder().encode('<!doctype html>'), 'idx-magic'],
    ['an unknown type', () => Uint8Array.of(0, 0, 0x0a, 1, 0, 0, 0, 0), 'idx-type'],
    ['without dimensions', () => Uint8Array.of(0, 0, 8, 0), 'idx-dimensions'],
    ['absurdly large', () => Uint8Array.from([0, 0, 8, 3, ...new Array(12).fill(255)]), 'idx-truncated'],
    [
      'empty by one dimension, absurd by the others',
      () => Uint8Array.from([0, 0, 8, 255, ...new Array(1016).fill(255), 0, 0, 0, 0]),
      'none',
    ],
  ])('%s', (_, bytes, code) => {
    expect(codeOf(bytes())).toBe(code);
  });

  test('an error names file, field, expectation and what came', () => {
    expect(() => parseIdx(small().subarray(0, 30), 'train-images-idx3-ubyte')).toThrow(
      'train-images-idx3-ubyte: length: expected 40 bytes for uint8 of shape [4, 3, 2], got 30.',
    );
  });

  test('what cannot be written is refused', () => {
    expect(() => writeIdx({ type: 'uint8', shape: [], data: new Uint8Array(1) })).toThrow('1 to 255 dimensions');
    expect(() => writeIdx({ type: 'uint8', shape: [3], data: new Uint8Array(2) })).toThrow('3 elements');
  });
});

describe('damaged files', () => {
  test('every truncation and 20,000 random damages give an error or an array that fits', () => {
    const file = small();
    for (let length = 0; length < file.length; length += 1) {
      expect(codeOf(file.subarray(0, length))).toBe('idx-truncated');
    }
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.nat(file.length), (flips, cut) => {
        const bytes = file.slice(0, file.length - (cut % 3 === 0 ? cut : 0));
        for (const [at, mask] of flips) if (at < bytes.length) bytes[at] ^= mask;
        let read;
        try {
          read = parseIdx(bytes);
        } catch (error) {
          return isDatasetError(error);
        }
        return read.data.length === read.shape.reduce((product, n) => product * n, 1);
      }),
      { numRuns: 20_000 },
    );
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        bytes[0] = 0;
        bytes[1] = 0;
        return codeOf(bytes) !== undefined;
      }),
      { numRuns: 5_000 },
    );
  });

  test('every truncation and every flipped bit of a gzip file gives an error or the same array', async () => {
    const file = gzipSync(small());
    const whole = Array.from(parseIdx(small()).data);
    const attempt = async (bytes) => {
      try {
        return Array.from((await decodeIdx(bytes)).data);
      } catch (error) {
        expect(isDatasetError(error)).toBe(true);
        return error.code;
      }
    };
    for (let length = 2; length < file.length; length += 1) {
      expect(await attempt(file.subarray(0, length))).toBe('gzip-corrupt');
    }
    for (let bit = 0; bit < 8 * file.length; bit += 1) {
      const bytes = Uint8Array.from(file);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      const result = await attempt(bytes);
      // A flip in the header (time, system) changes nothing; everything else the CRC finds.
      if (typeof result !== 'string') expect(result).toEqual(whole);
    }
  });
});
