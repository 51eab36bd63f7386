import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Images of MNIST that go with the page: to look at, and to train a small network with. */
const parts = { test: 400, train: 5000 };

/** Writes the first images of MNIST and their labels as gzipped IDX files into a folder, where they are missing. */
export async function writeImages(folder) {
  if (existsSync(join(folder, 'train-labels.idx.gz'))) return;
  const { mnist, writeIdx } = await import('@certispike/datasets');
  const splits = await mnist();
  // A folder that is there is complete.
  const fresh = `${folder}.part`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const [part, count] of Object.entries(parts)) {
    const { images, labels } = await first(splits[part], count);
    const idx = (shape, data) => gzipSync(writeIdx({ type: 'uint8', shape, data }), { level: 9 });
    writeFileSync(join(fresh, `${part}-images.idx.gz`), idx([count, 28, 28], images));
    writeFileSync(join(fresh, `${part}-labels.idx.gz`), idx([count], labels));
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

async function first(source, count) {
  const images = new Uint8Array(count * 784);
  const labels = new Uint8Array(count);
  let done = 0;
  for await (const batch of source.batches({ size: 500 })) {
    images.set(
      batch.images.subarray(0, (count - done) * 784).map((pixel) => Math.round(pixel * 255)),
      done * 784,
    );
    labels.set(batch.labels.subarray(0, count - done), done);
    done += batch.labels.length;
    if (done >= count) break;
  }
  return { images, labels };
}
