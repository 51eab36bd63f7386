import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, tools } from '../../scripts/setup/places.mjs';
import { filesBelow, hashOf } from '../../scripts/setup/stamp.mjs';

let folder;
let path;
beforeEach(() => {
  folder = mkdtempSync(join(tools, 'stamp-test-'));
  path = relative(root, folder);
  writeFileSync(join(folder, 'a'), '1');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the hash follows content, names and words', () => {
  const before = hashOf([path], ['v1']);
  expect(hashOf([path], ['v1'])).toBe(before);
  expect(hashOf([path], ['v2'])).not.toBe(before);
  writeFileSync(join(folder, 'a'), '2');
  expect(hashOf([path], ['v1'])).not.toBe(before);
  writeFileSync(join(folder, 'a'), '1');
  writeFileSync(join(folder, 'b'), '');
  expect(hashOf([path], ['v1'])).not.toBe(before);
});

test('a missing input is no input', () => {
  expect(filesBelow('no/such/folder')).toEqual([]);
});
