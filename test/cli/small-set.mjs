import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a data set in MNIST's four files that a network learns within seconds: class k is a bright bar in row k + 1 on
 * a dim, fixed noise.
 * @param {string} folder
 * @param {{ train: number, test: number, side?: number }} counts, and the side of the images in pixels
 */
export async function writeSmallSet(folder, { train, test, side = 12 }) {
  await mkdir(folder, { recursive: true });
  const parts = [
    ['train', train],
    ['t10k', test],
  ];
  for (const [part, count] of parts) {
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), images(count, side));
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), labels(count));
  }
  return folder;
}

function images(count, side) {
  const pixels = Buffer.alloc(count * side * side);
  let state = 1;
  for (let index = 0; index < pixels.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state >>> 26;
    const example = Math.floor(index / (side * side));
    const row = Math.floor(index / side) % side;
    pixels[index] = row === (example % 10) + 1 ? 255 - noise : noise;
  }
  return Buffer.concat([header(0x0803, count, side, side), pixels]);
}

function labels(count) {
  return Buffer.concat([header(0x0801, count), Buffer.from(Array.from({ length: count }, (_, index) => index % 10))]);
}

function header(...words) {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 * index);
  return bytes;
}
