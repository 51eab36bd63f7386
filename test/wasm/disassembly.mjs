import { existsSync, readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { named } from '../../scripts/setup/wasm.mjs';

/**
 * What the compiler made of a core, before names are taken away: the code that wasm-bindgen and wasm-opt ship.
 * @param name `snn_core` or `snn_training`
 * @returns functions by their mangled names, as text
 */
export function disassembly(name) {
  const file = named(name);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run setup builds it`);
  const module = binaryen.readBinary(readFileSync(file));
  try {
    const functions = new Map();
    for (let index = 0; index < module.getNumFunctions(); index++) {
      const { name, body } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
      if (name.includes('snn_core')) functions.set(name, body === 0 ? '' : binaryen.emitText(body));
    }
    return functions;
  } finally {
    module.dispose();
  }
}

/** Arithmetic on whole vectors. */
export const simd = (text) =>
  text.match(/\b[fi](32x4|64x2)\.(add|sub|mul|div|min|max|pmin|pmax|abs|neg)\b/g)?.length ?? 0;

/** Calls of what panics when an index is out of bounds. */
export const boundsChecks = (text) => text.match(/call \$\S*panic_bounds_check/g)?.length ?? 0;
