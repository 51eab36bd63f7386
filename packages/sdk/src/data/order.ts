/**
 * The numbers 0 to length - 1 in an order of their own for every (seed, epoch): Fisher and Yates, driven by
 * SplitMix32-style mixing. Whole-number arithmetic only, so it is the same on every engine.
 */
export function shuffled(
  length: number,
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  let state = [seed % 2 ** 32, Math.floor(seed / 2 ** 32), epoch].reduce(
    (mixed, part) => mix(mixed ^ part),
    0x9e3779b9,
  );
  for (let last = length - 1; last > 0; last -= 1) {
    state = (state + 0x9e3779b9) | 0;
    const other = mix(state) % (last + 1);
    const moved = order[last] as number;
    order[last] = order[other] as number;
    order[other] = moved;
  }
  return order;
}

/** Every bit of the input reaches every bit of the output (Wellons' lowbias32). */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
