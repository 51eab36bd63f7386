// Files of events, written from the descriptions of their formats; independent of the package's readers.

/** Bytes put together from numbers of given widths: `[value, bytes]`, or texts and arrays of bytes as they are. */
export function assemble(parts, littleEndian) {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'string') return Array.from(part, (char) => char.charCodeAt(0));
      if (ArrayBuffer.isView(part)) return Array.from(part);
      const [value, width] = part;
      const bytes = Array.from({ length: width }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
      return littleEndian ? bytes : bytes.reverse();
    }),
  );
}

/** N-MNIST (garrickorchard.com): column, row, then a bit of polarity and 23 of time. */
export const nmnistFile = (events) =>
  assemble(
    events.flatMap(({ t, x, y, p }) => [
      [x, 1],
      [y, 1],
      [p * 2 ** 23 + t, 3],
    ]),
    false,
  );
