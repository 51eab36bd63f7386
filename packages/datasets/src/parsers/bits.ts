/** Bytes that hold `count` bits. */
export const bytesFor = (count: number): number => Math.ceil(count / 8);

/** `values`, of which every one but 0 counts as 1, as bits, lowest first. */
export function packBits(values: ArrayLike<number>): Uint8Array {
  const bits = new Uint8Array(bytesFor(values.length));
  for (let i = 0; i < values.length; i += 1) if (values[i] !== 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

/** The inverse of {@link packBits}: `count` bytes 0 and 1. */
export function unpackBits(bits: Uint8Array, count: number): Uint8Array {
  const values = new Uint8Array(count);
  for (let byte = 0; byte < bits.length; byte += 1) {
    // Most bytes of spikes are 0.
    for (let rest = bits[byte]!, at = 8 * byte; rest !== 0; rest >>= 1, at += 1) values[at] = rest & 1;
  }
  return values;
}
