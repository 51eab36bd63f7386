import { Mistake } from '../failure.mjs';

const custom = 0;
const code = 10;
const functionNames = 1;

/** Reads the numbers of a WebAssembly file, LEB128. */
class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  get done() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    return value >>> 0;
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text() {
    return new TextDecoder().decode(this.take(this.number()));
  }
}

function sections(bytes) {
  const reader = new Reader(bytes, 8);
  const all = [];
  while (!reader.done) {
    const id = reader.byte();
    all.push({ id, content: reader.take(reader.number()) });
  }
  return all;
}

/** The bytes of all functions. */
export const codeOf = (bytes) => sections(bytes).find(({ id }) => id === code).content;

/**
 * Names of functions by their index.
 * @throws Mistake when the file keeps none
 */
export function namesOf(bytes) {
  const names = new Map();
  for (const { id, content } of sections(bytes)) {
    const reader = new Reader(content, 0);
    if (id !== custom || reader.text() !== 'name') continue;
    while (!reader.done) {
      const kind = reader.byte();
      const part = new Reader(reader.take(reader.number()), 0);
      if (kind !== functionNames) continue;
      for (let count = part.number(); count > 0; count -= 1) names.set(part.number(), part.text());
    }
  }
  if (names.size === 0) throw new Mistake('the core was built without names');
  return names;
}
