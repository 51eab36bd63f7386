import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = new URL('../../packages/sdk/dist/', import.meta.url);

/**
 * The built package in another folder, where a test can take files away or change them.
 * @param without names of files that are left out
 */
export async function copied(folder, { without = [] } = {}) {
  const leaves = (file) => file.endsWith('.map') || without.some((name) => file.endsWith(name));
  await cp(dist, folder, { recursive: true, filter: (file) => !leaves(file) });
  // Without a package.json beside them the files would be CommonJS.
  await cp(new URL('../package.json', dist), join(folder, 'package.json'));
  return {
    load: () => import(pathToFileURL(join(folder, 'index.js')).href),
    /** Puts a file in its place as it was built, or as `change` makes it. */
    async put(name, change = (bytes) => bytes) {
      await writeFile(join(folder, name), change(await readFile(new URL(name, dist))));
    },
  };
}
