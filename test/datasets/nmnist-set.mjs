import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nmnistFile } from './events/writers.mjs';

/** Events of recording `index`: a short row of ON events in row `label`, then OFF events one row below. */
export function eventsOf(index, label) {
  const event = (k) => ({ t: 1000 * k + index, x: (k + index) % 34, y: 3 * label + (k % 2), p: 1 - (k % 2) });
  return Array.from({ length: 40 }, (_, k) => event(k));
}

/** Recordings of a small data set in N-MNIST's official layout, by path: `Train/3/00004.bin` and so on. */
export function officialFiles({ train = 40, test = 20 } = {}) {
  const files = {};
  for (const [part, count] of Object.entries({ Train: train, Test: test })) {
    for (let index = 1; index <= count; index += 1) {
      const label = (7 * index) % 10;
      files[`${part}/${label}/${String(index).padStart(5, '0')}.bin`] = nmnistFile(eventsOf(index, label));
    }
  }
  return files;
}

/** Writes files, by path, below `folder`. */
export async function writeFiles(folder, files) {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}
