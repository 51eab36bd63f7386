/** Source without comments and without the content of strings, so that only code is left. */
export function bare(source) {
  const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|r(#*)"[\s\S]*?"\1|"(?:\\[\s\S]|[^"\\])*"|'(?:\\.[^']*|[^'\\])'/g;
  return source.replace(tokens, (token) => (token.startsWith('/') ? ' ' : '""'));
}

/** Paths of a use tree: `a::{b, c::{self, d}}` -> [[a, b], [a, c], [a, c, d]]. */
function expand(tree, before = []) {
  const text = tree.trim().replace(/\s+as\s+\w+$/, '');
  const brace = text.indexOf('{');
  if (brace < 0) {
    const parts = text.split('::').map((part) => part.trim());
    return [[...before, ...parts.filter((part) => part !== 'self' && part !== '*' && part !== '')]];
  }
  const start = text
    .slice(0, brace)
    .split('::')
    .map((part) => part.trim());
  const prefix = [...before, ...start.filter(Boolean)];
  const inner = text.slice(brace + 1, text.lastIndexOf('}'));
  let depth = 0;
  const items = [''];
  for (const letter of inner) {
    if (letter === '{') depth += 1;
    if (letter === '}') depth -= 1;
    if (letter === ',' && depth === 0) items.push('');
    else items[items.length - 1] += letter;
  }
  return items.filter((item) => item.trim() !== '').flatMap((item) => expand(item, prefix));
}

/** Every path of a file that begins at `crate` or `super`, with the number of inline modules around it. */
function paths(source) {
  const found = [];
  const around = [];
  const tokens = /\bmod\s+\w+\s*\{|\{|\}|\buse\s+([^;]+);|\b((?:crate|super)(?:\s*::\s*\w+)+)/g;
  for (const [token, use, path] of bare(source).matchAll(tokens)) {
    if (token === '}') around.pop();
    else if (token === '{' || token.startsWith('mod')) around.push(token !== '{');
    const inline = around.filter(Boolean).length;
    const trees = use === undefined ? (path === undefined ? [] : [path]) : [use];
    for (const parts of trees.flatMap((tree) => expand(tree))) {
      if (parts[0] === 'crate' || parts[0] === 'super') found.push({ parts, inline });
    }
  }
  return found;
}

/** Module of a file below `src`: `a/mod.rs` -> `a`, `a/b.rs` -> `a/b`. */
export const moduleOf = (file) => file.replace(/\.rs$/, '').replace(/\/mod$/, '');

/**
 * Imports between the modules of a crate.
 * @param files Map from path below `src` to source
 * @returns Map from module to the modules it names
 */
export function modulesOf(files) {
  const known = new Set([...files.keys()].map(moduleOf));
  const modules = new Map();
  for (const [file, source] of files) {
    const module = moduleOf(file);
    const imports = [];
    for (const { parts, inline } of paths(source)) {
      let at = [...(module === 'lib' ? [] : module.split('/')), ...Array(inline).fill('')];
      let rest = parts;
      if (parts[0] === 'crate') [at, rest] = [[], parts.slice(1)];
      for (; rest[0] === 'super'; rest = rest.slice(1)) at = at.slice(0, -1);
      at = at.filter(Boolean);
      while (rest.length > 0 && known.has([...at, rest[0]].join('/'))) [at, rest] = [[...at, rest[0]], rest.slice(1)];
      const imported = at.join('/');
      // A folder and what is in it are one piece to the outside; `super::` inside it is no step backwards.
      const inside = module.startsWith(`${imported}/`) || imported.startsWith(`${module}/`);
      if (imported !== '' && imported !== module && !inside) imports.push(imported);
    }
    modules.set(module, imports);
  }
  return modules;
}
