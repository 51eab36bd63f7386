/** Rank of a module such as `propagate/ibp` in an order, undefined when it has no place. */
function rank(order, module) {
  let best = { length: -1, row: undefined };
  order.forEach((names, row) => {
    for (const name of names) {
      const fits = module === name || module.startsWith(`${name}/`);
      if (fits && name.length > best.length) best = { length: name.length, row };
    }
  });
  return best.row;
}

/** Modules that reach themselves again through their imports, as one readable path, or undefined. */
function cycle(modules) {
  const done = new Set();
  const visit = (module, path) => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return undefined;
    for (const next of modules.get(module) ?? []) {
      const found = visit(next, [...path, module]);
      if (found) return found;
    }
    done.add(module);
    return undefined;
  };
  for (const module of modules.keys()) {
    const found = visit(module, []);
    if (found) return found.join(' -> ');
  }
  return undefined;
}

/**
 * What stands against an order, one sentence each.
 * @param order rows of names, first to last
 * @param modules Map from module to the modules it imports
 */
export function violations(order, modules) {
  const found = [];
  for (const [module, imports] of modules) {
    const own = rank(order, module);
    if (own === undefined) found.push(`${module} has no place in test/house/order.mjs`);
    for (const imported of new Set(imports)) {
      const other = rank(order, imported);
      if (own !== undefined && other !== undefined && other > own) {
        found.push(`${module} imports ${imported}, which stands after it`);
      }
    }
  }
  const circle = cycle(modules);
  return circle ? [...found, `in a circle: ${circle}`] : found;
}

/** Imports between the files of a folder whose files must not know one another; its `mod.rs` (the folder itself) may. */
export function siblingImports(folder, modules) {
  const child = (module) => (module.startsWith(`${folder}/`) ? module.split('/')[1] : undefined);
  const found = [];
  for (const [module, imports] of modules) {
    for (const imported of new Set(imports)) {
      const [one, other] = [child(module), child(imported)];
      if (one && other && one !== other) found.push(`${module} imports its sibling ${imported}`);
    }
  }
  return found;
}
