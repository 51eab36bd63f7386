import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mnist, readNmnist, simulator } from '@certispike/datasets';

/** Numbers of the small set: the first 1,000 training recordings and the first 100 test recordings. */
const numbers = [
  ...Array.from({ length: 1000 }, (_, index) => index + 1),
  ...Array.from({ length: 100 }, (_, index) => index + 60_001),
];

/** Real recordings of a folder and simulated ones of the same digits, `{ number, real, simulated }`. */
export async function realAndSimulated(folder, limit = numbers.length) {
  const { train, test } = await mnist({ validation: 0 });
  const record = simulator();
  const pairs = [];
  for (const number of numbers.slice(0, limit)) {
    const name = `${number}.bs2`;
    const real = readNmnist(await readFile(join(folder, name)), { name });
    const { image } = number > 60_000 ? test.example(number - 60_001) : train.example(number - 1);
    pairs.push({ number, real, simulated: record({ image, width: 28, height: 28 }, number) });
  }
  return pairs;
}
