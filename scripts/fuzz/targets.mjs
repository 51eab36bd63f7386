import { readdirSync } from 'node:fs';

/**
 * What is fuzzed. A file in `targets/` exports `targets`, a list of:
 * - `name`;
 * - `files()`: whole files, small ones, that are damaged;
 * - `read(bytes)`: reads one; resolves to the bytes of all arrays that came out, or rejects. It throws itself when what came out
 *   breaks a promise;
 * - `isRefusal(error)`: whether this error is how the reader refuses a file; every other error is a failure;
 * - `multiple`, `extra`: what came out may have at most `multiple` times the file's bytes and `extra` more; and while reading,
 *   at most ten times that (and 1 MiB) may be allocated in buffers;
 * - `share`: how many cases it gets, where others get 1 (the default).
 */
export async function allTargets() {
  const folder = new URL('./targets/', import.meta.url);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.mjs'))
    .sort();
  const found = [];
  for (const name of names) {
    const { href } = new URL(name, folder);
    for (const target of (await import(href)).targets) found.push({ ...target, module: href });
  }
  return found;
}
