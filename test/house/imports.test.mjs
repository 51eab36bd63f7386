import { siblingImports, violations } from './direction.mjs';
import { door, packages, rust as rustOrder, siblings, typescript as typescriptOrder } from './order.mjs';
import * as rust from './rust.mjs';
import { sources } from './tree.mjs';
import * as typescript from './typescript.mjs';

const crate = sources('crates/snn-core/src', ['.rs']);

describe('Rust', () => {
  const modules = rust.modulesOf(crate);

  test('a file imports only what stands before it', () => {
    expect(violations(rustOrder, modules)).toEqual([]);
  });

  test.each(siblings)('the files in %s do not import each other', (folder) => {
    expect(siblingImports(folder, modules)).toEqual([]);
  });

  test(`only ${door.folder} knows JavaScript`, () => {
    const names = new RegExp(`\\b(${door.crates.join('|')})\\b`);
    const knowing = [...crate].filter(([, source]) => names.test(rust.bare(source))).map(([file]) => file);
    expect(knowing.length).toBeGreaterThan(0);
    expect(knowing.filter((file) => !file.startsWith(door.folder))).toEqual([]);
  });
});

describe.each(Object.keys(typescriptOrder))('TypeScript, %s', (name) => {
  const { modules, outside } = typescript.modulesOf(sources(`packages/${name}/src`, ['.ts']));

  test('a file imports only what stands before it', () => {
    expect(violations(typescriptOrder[name], modules)).toEqual([]);
  });

  test('other packages are imported by their public names only', () => {
    expect(typescript.foreignImports(outside, packages[name])).toEqual([]);
  });
});

test('at most one TypeScript file touches memory.buffer', () => {
  const touching = Object.keys(typescriptOrder).flatMap((name) =>
    [...sources(`packages/${name}/src`, ['.ts'])]
      .filter(([, source]) => /\bmemory\s*\.\s*buffer\b/.test(source))
      .map(([file]) => `${name}/${file}`),
  );
  expect(touching.length).toBeLessThanOrEqual(1);
});

describe('these tests can fail', () => {
  const order = [['error'], ['affine'], ['propagate'], ['grad'], ['lib']];
  const judge = (files) => violations(order, rust.modulesOf(new Map(Object.entries(files))));

  test.each([
    ['use', 'use crate::grad::spikes::Trace;'],
    ['a list', 'use crate::{error::Error, grad::{spikes as other, self}};'],
    ['a list over lines', 'pub use crate::{\n    error,\n    grad,\n};'],
    ['a path in an expression', 'fn f() { crate::grad::spikes::run() }'],
    ['super', 'use super::super::grad::spikes::Trace;'],
    ['super inside an inline module', 'mod tests { use super::super::super::grad::spikes::run; }'],
  ])('Rust, backwards by %s', (_, source) => {
    const files = {
      'propagate/ibp.rs': source,
      'grad/spikes.rs': '',
      'grad/ibp.rs': '',
      'grad/mod.rs': '',
      'error.rs': '',
    };
    expect(judge(files)).toContainEqual(expect.stringMatching(/^propagate\/ibp imports grad.*stands after it$/));
  });

  test('Rust, what is not code does not count', () => {
    const source = '// use crate::grad;\n/* crate::grad */ const A: &str = "crate::grad";\nuse crate::error::Error;';
    expect(judge({ 'propagate/ibp.rs': source, 'grad/mod.rs': '', 'error.rs': '' })).toEqual([]);
  });

  test('Rust, siblings and a circle', () => {
    const files = {
      'propagate/mod.rs': '',
      'propagate/ibp.rs': 'use super::crown::A;',
      'propagate/crown.rs': 'use super::ibp::B;',
    };
    const modules = rust.modulesOf(new Map(Object.entries(files)));
    expect(siblingImports('propagate', modules)).toHaveLength(2);
    expect(violations(order, modules)).toEqual(['in a circle: propagate/ibp -> propagate/crown -> propagate/ibp']);
  });

  test('Rust, a file without a place', () => {
    expect(judge({ 'drawer.rs': '' })).toEqual(['drawer has no place in test/house/order.mjs']);
  });

  test.each([
    ['import', "import { b } from '../later/b.js';"],
    ['a type', "import type { B } from '../later/b.js';"],
    ['re-export', "export * from '../later/b.js';"],
    ['import()', "const b = await import('../later/b.js');"],
  ])('TypeScript, backwards by %s', (_, source) => {
    const { modules } = typescript.modulesOf(
      new Map([
        ['early/a.ts', source],
        ['later/b.ts', ''],
      ]),
    );
    expect(violations([['early'], ['later']], modules)).toEqual(['early/a imports later/b, which stands after it']);
  });

  test('TypeScript, past the public names', () => {
    const names = [
      '@certispike/sdk',
      '@certispike/sdk/dist/index.js',
      '../../sdk/src/index.js',
      'snn-core',
      '../package.json',
    ];
    const source = names.map((name) => `import '${name}';`).join('\n');
    const { outside } = typescript.modulesOf(new Map([['a.ts', source]]));
    expect(typescript.foreignImports(outside, ['@certispike/sdk'])).toEqual([
      'a imports @certispike/sdk/dist/index.js',
      'a reaches out of its package with ../../sdk/src/index.js',
      'a imports snn-core',
    ]);
  });
});
