import fc from 'fast-check';

/** Numbers at the edges of what formats store. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Places in a file: fractions of its length, or, as -1 - byte, bytes from its start, where headers are. */
const place = fc.oneof(
  { weight: 4, arbitrary: fc.noBias(fc.nat(9999).map((part) => part / 10_000)) },
  { weight: 1, arbitrary: fc.noBias(fc.nat(96).map((byte) => -1 - byte)) },
);

const indexIn = (bytes, at) =>
  at < 0 ? Math.min(-1 - at, Math.max(0, bytes.length - 1)) : Math.min(bytes.length - 1, Math.floor(at * bytes.length));

const kinds = {
  cut: fc.record({ at: place }),
  flip: fc.record({ at: place, bit: fc.nat(7) }),
  byte: fc.record({ at: place, value: fc.nat(255) }),
  number: fc.record({
    at: place,
    value: fc.constantFrom(...edges),
    width: fc.constantFrom(1, 2, 4, 8),
    isLittle: fc.boolean(),
  }),
  remove: fc.record({ at: place, length: fc.integer({ min: 1, max: 64 }) }),
  repeat: fc.record({ at: place, length: fc.integer({ min: 1, max: 64 }), times: fc.integer({ min: 1, max: 20 }) }),
  swap: fc.record({ at: place, to: place, length: fc.integer({ min: 1, max: 32 }) }),
};

const apply = {
  cut: (bytes, { at }) => bytes.slice(0, indexIn(bytes, at)),
  flip: (bytes, { at, bit }) => changed(bytes, (copy) => (copy[indexIn(bytes, at)] ^= 1 << bit)),
  byte: (bytes, { at, value }) => changed(bytes, (copy) => (copy[indexIn(bytes, at)] = value)),
  number: (bytes, { at, value, width, isLittle }) =>
    changed(bytes, (copy) => {
      const start = indexIn(bytes, at);
      for (let i = 0; i < width && start + i < copy.length; i += 1) {
        const shift = isLittle ? i : width - 1 - i;
        copy[start + i] = shift < 4 ? (value >>> (8 * shift)) & 0xff : 0;
      }
    }),
  remove: (bytes, { at, length }) =>
    joined(bytes.slice(0, indexIn(bytes, at)), bytes.slice(indexIn(bytes, at) + length)),
  repeat(bytes, { at, length, times }) {
    const start = indexIn(bytes, at);
    const part = bytes.slice(start, start + length);
    return joined(bytes.slice(0, start), ...new Array(times).fill(part), bytes.slice(start));
  },
  swap: (bytes, { at, to, length }) =>
    changed(bytes, (copy) =>
      copy.set(
        bytes.slice(indexIn(bytes, at), indexIn(bytes, at) + length).slice(0, copy.length - indexIn(bytes, to)),
        indexIn(bytes, to),
      ),
    ),
};

function changed(bytes, change) {
  const copy = Uint8Array.from(bytes);
  if (copy.length > 0) change(copy);
  return copy;
}

const joined = (...parts) => Uint8Array.from(Buffer.concat(parts));

const step = fc.oneof(...Object.entries(kinds).map(([kind, values]) => values.map((value) => ({ kind, ...value }))));

/** Damaged and random files: arbitrary bytes, also behind the start of a whole file, and whole files after 1 to 5 damages. */
export function damaged(files) {
  const file = fc.constantFrom(...files);
  const random = fc.uint8Array({ maxLength: 300 });
  return fc.oneof(
    { weight: 1, arbitrary: random },
    {
      weight: 2,
      arbitrary: fc
        .tuple(file, random, fc.nat(200))
        .map(([bytes, tail, length]) => joined(bytes.slice(0, length), tail)),
    },
    {
      weight: 12,
      arbitrary: fc
        .tuple(file, fc.array(step, { minLength: 1, maxLength: 5 }))
        .map(([bytes, steps]) => steps.reduce((result, { kind, ...values }) => apply[kind](result, values), bytes)),
    },
  );
}
