import { SetupFailure } from './failure.mjs';

/**
 * What wasm-bindgen writes, as a function: every call gives bindings of their own, so that one thread can hold instances of
 * two modules, and both modules share the text. Loading is left out: the SDK hands over compiled modules.
 * @param glue JavaScript for the target `web`
 */
export function bindingsOf(glue) {
  const names = [...glue.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  const body = glue
    .replace(/^export (class|function) /gm, '$1 ')
    .replace(/^async function \w+\(.*\) \{\n[\s\S]*?^\}\n/gm, '')
    .replace(/^let __wbg_init_promise;\n/m, '')
    .replace(/^export \{.*\};\n/m, '');
  if (names.length === 0 || /^export|^import|import\.meta/m.test(body)) {
    throw new SetupFailure('the bindings that wasm-bindgen writes have another form: see scripts/setup/bindings.mjs');
  }
  return `/* eslint-disable */\nexport function bindings() {\n${body}\nreturn { ${[...names, 'initSync'].join(', ')} };\n}\n`;
}

/** Text of every function that a module imports, by its name. */
function importsOf(glue) {
  const [, list] = /^function __wbg_get_imports\(\) \{\n([\s\S]*?)^\}/m.exec(glue) ?? [];
  const entries = list?.matchAll(/^ {8}(\w+): (function[\s\S]*?\n {8}\}(?:, arguments\); \})?),\n/gm) ?? [];
  return new Map([...entries].map(([, name, text]) => [name, text]));
}

/**
 * Refuses bindings that do not serve the smaller of two modules as its own do.
 * @throws SetupFailure
 */
export function checkShared(smaller, larger) {
  const [own, shared] = [importsOf(smaller), importsOf(larger)];
  const different = [...own].filter(([name, text]) => shared.get(name) !== text).map(([name]) => name);
  if (own.size === 0 || different.length > 0) {
    throw new SetupFailure(`the two modules of the core import different things by one name: ${different.join(', ')}`);
  }
}
