import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, tools } from './places.mjs';

const folder = join(tools, 'stamps');

/** All files at or below a path of the repository, sorted, so that the hash does not depend on the file system. */
export function filesBelow(path) {
  if (!existsSync(at(path))) return [];
  if (!statSync(at(path)).isDirectory()) return [path];
  return readdirSync(at(path))
    .sort()
    .flatMap((name) => filesBelow(`${path}/${name}`));
}

/** Hash of the content of files and folders (paths below the top) and of further words such as a tool's version. */
export function hashOf(paths, words = []) {
  const hash = createHash('sha256').update(JSON.stringify(words));
  for (const file of paths.flatMap(filesBelow)) {
    const content = readFileSync(at(file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Was the step `name` done with these inputs? */
export function isStamped(name, hash) {
  const path = join(folder, name);
  return existsSync(path) && readFileSync(path, 'utf8') === hash;
}

/** Remembers that the step `name` was done with these inputs. */
export function stamp(name, hash) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), hash);
}
