import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingFromLock } from './lock.mjs';
import { root } from './tree.mjs';

test('the lock file has every build of what it locks', () => {
  expect(missingFromLock(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')))).toEqual([]);
});

test('this test can fail', () => {
  const packages = {
    'node_modules/a': { optionalDependencies: { 'a-linux': '1', 'a-darwin': '1' } },
    'node_modules/a-linux': {},
  };
  expect(missingFromLock({ packages })).toEqual(['node_modules/a lacks a-darwin']);
});
