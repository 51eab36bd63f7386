import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeIdx } from '@certispike/datasets';

/** Runs `work` with a fresh folder and removes it afterwards. */
export async function withFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'certispike-datasets-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The four files of a small data set in MNIST's form, by name: image i is filled with byte i, its label is i mod 10.
 */
export function smallFiles({ train = 120, test = 30, height = 4, width = 3 } = {}) {
  const images = (count) =>
    writeIdx({
      type: 'uint8',
      shape: [count, height, width],
      data: Uint8Array.from({ length: count * height * width }, (_, i) => Math.floor(i / (height * width))),
    });
  const labels = (count) =>
    writeIdx({ type: 'uint8', shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i % 10) });
  return {
    'train-images-idx3-ubyte': images(train),
    'train-labels-idx1-ubyte': labels(train),
    't10k-images-idx3-ubyte': images(test),
    't10k-labels-idx1-ubyte': labels(test),
  };
}

/** Writes files, by name, into `folder`. */
export async function fill(folder, files) {
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, bytes]) => writeFile(join(folder, name), bytes)));
}

/** All batches of a source, joined. */
export async function collect(source, options) {
  const batches = [];
  for await (const batch of source.batches(options)) batches.push(batch);
  return {
    sizes: batches.map((batch) => batch.labels.length),
    samples: batches.flatMap((batch) => Array.from(batch.samples)),
    labels: batches.flatMap((batch) => Array.from(batch.labels)),
    images: batches.flatMap((batch) => Array.from(batch.images)),
  };
}
