import type { Model } from '../engine/model.js';

/**
 * A short text that tells models apart by description and weights (64 bits, FNV-1a over both; no protection against
 * forgery): what a file of adversarial examples remembers of the model that was attacked.
 * @throws CertispikeError `disposed`
 * @example
 * ```ts
 * import { fingerprint, modelFromBytes, modelToBytes } from '@certispike/sdk';
 *
 *
 * const copy = await modelFromBytes(engine, await modelToBytes(model));
 * console.log(fingerprint(copy) === fingerprint(model)); // true
 * ```
 */
export function fingerprint(model: Model): string {
  const bytes = [
    new TextEncoder().encode(JSON.stringify(model.network)),
    ...model.tensors().map(({ name }) => bytesOf(model.tensor(name))),
  ];
  // Two halves that start differently and mix different prime numbers.
  return [hash(bytes, 0x811c9dc5, 0x01000193), hash(bytes, 0x9747b28c, 0x85ebca6b)]
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('');
}

function hash(arrays: readonly Uint8Array[], start: number, prime: number): number {
  let state = start;
  for (const array of arrays) for (const byte of array) state = Math.imul(state ^ byte, prime);
  return state >>> 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
