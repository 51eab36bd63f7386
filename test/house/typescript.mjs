import { posix } from 'node:path';
import ts from 'typescript';

/** Every module a TypeScript source names: static, dynamic, re-exported and type-only imports. */
export const specifiers = (source) =>
  ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName);

/** Module of a file below `src`: `a/b.ts` -> `a/b`. */
export const moduleOf = (file) => file.replace(/(\.d)?\.ts$/, '');

/**
 * Imports between the files of a package.
 * @param files Map from path below `src` to source
 * @returns modules: Map from module to the modules it imports; outside: specifiers that are not below `src`, by module
 */
export function modulesOf(files) {
  const modules = new Map();
  const outside = new Map();
  for (const [file, source] of files) {
    const named = specifiers(source);
    const below = (name) => posix.join(posix.dirname(file), name);
    const isInside = (name) => name.startsWith('.') && !below(name).startsWith('..');
    const code = named.filter((name) => isInside(name) && !name.endsWith('.json'));
    modules.set(
      moduleOf(file),
      code.map((name) => below(name).replace(/\.js$/, '')),
    );
    outside.set(
      moduleOf(file),
      named.filter((name) => !isInside(name)),
    );
  }
  return { modules, outside };
}

/**
 * Imports that leave a package other than through a public name.
 * @param allowed names of this repository's packages that may be imported
 */
export function foreignImports(outside, allowed) {
  const found = [];
  for (const [module, names] of outside) {
    for (const name of names) {
      const isOurs = name.startsWith('@certispike/') || /^(certispike|snn-core)(\/|$)/.test(name);
      // The package's own manifest and the modules that wasm-pack builds into it stand beside `src`.
      const isBeside =
        /^(\.\.\/)+(package\.json|core\/(bindings|snn_core|snn_training)\.js|formats\/snn_formats\.js|graphs\/snn_graphs\.js|codecs\/event_codecs\.js)$/.test(
          name,
        );
      if (isOurs && !allowed.includes(name)) found.push(`${module} imports ${name}`);
      else if (name.startsWith('.') && !isBeside) found.push(`${module} reaches out of its package with ${name}`);
      else if (name.startsWith('/')) found.push(`${module} imports the absolute path ${name}`);
    }
  }
  return found;
}
