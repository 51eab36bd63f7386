import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawers, longFiles, machineTraces, root, tracked } from './tree.mjs';

const paths = tracked();
const contents = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

test('every file is named for what it holds', () => {
  expect(drawers(paths)).toEqual([]);
});

test('no source file is longer than 500 lines', () => {
  expect(longFiles(contents, 500)).toEqual([]);
});

test('no file names a folder of one machine or the host of a registry', () => {
  expect(machineTraces(contents)).toEqual([]);
});

describe('these tests can fail', () => {
  test('on a drawer', () => {
    const bad = ['a/utils.ts', 'helpers/b.rs', 'src/common.rs', 'src/util/c.ts', 'a/helper.test.mjs'];
    expect(drawers([...bad, 'a/commons-law.ts', 'a/utility.rs'])).toEqual(bad);
  });

  test('on a long file', () => {
    const files = new Map([
      ['a.rs', 'x\n'.repeat(501)],
      ['b.ts', 'x\n'.repeat(500)],
      ['c.json', 'x\n'.repeat(900)],
    ]);
    expect(longFiles(files, 500)).toEqual(['a.rs: 501 lines']);
  });

  test('on traces of a machine', () => {
    const bad = [
      ['/ro', 'ot/.cache'],
      ['/wo', 'rk/main/x'],
      ['/ho', 'me/ada/x'],
      ['https://registry.', 'npmjs.org/x'],
    ];
    const content = ['fine', ...bad.map((parts) => parts.join('')), ['src/ro', 'ot/x'].join('')].join('\n');
    expect(machineTraces(new Map([['a.md', content]]))).toEqual(['a.md:2', 'a.md:3', 'a.md:4', 'a.md:5']);
  });
});
