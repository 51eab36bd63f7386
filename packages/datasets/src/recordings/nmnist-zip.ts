import { readNmnist } from '../events/nmnist.js';
import { zipEntries } from '../sources/zip.js';
import { type FileOptions, numberOf } from './files.js';
import type { RecordingItem } from './item.js';

/** Largest recording in an archive, in bytes: a hundred times that of N-MNIST. */
const LARGEST = 2 ** 22;

/** `Train/7/00012.bin`: the class, then the number of the image in MNIST. */
const PATH = /(?:^|\/)(\d)\/([^/]+\.bin)$/;

/** The recordings in an archive of N-MNIST, read from it piece by piece; nothing is unpacked to the disk. */
export async function* nmnistZip(
  path: string,
  options: FileOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordingItem> {
  const entries = zipEntries(path, { wants: (name) => PATH.test(name), largest: LARGEST, signal });
  for await (const { name, bytes } of entries) {
    const [, label, file] = PATH.exec(name) as unknown as [string, string, string];
    yield {
      name: `${path}: ${name}`,
      label: Number(label),
      place: numberOf(file),
      load: () => readNmnist(bytes, { ...options, name: `${path}: ${name}` }),
    };
  }
}
