import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { released } from '../../scripts/release/changelog.mjs';
import { versioned } from '../../scripts/release/manifest.mjs';
import { at } from '../../scripts/setup/places.mjs';

const run = (...args) => spawnSync(process.execPath, [at('scripts/release.mjs'), ...args], { encoding: 'utf8' });

test('what is new goes under the version', () => {
  const text = '# Changelog\n\n## Unreleased\n\n- news\n\n## 0.1.0\n\n- old\n';
  expect(released(text, '0.2.0', '2026-01-02')).toBe(
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-01-02)\n\n- news\n\n## 0.1.0\n\n- old\n',
  );
  expect(() => released('## Unreleased\n\n## 0.1.0\n\n- old\n', '0.2.0', '')).toThrow(/got nothing/);
  expect(() => released('# Changelog\n', '0.2.0', '')).toThrow(/expected one/);
});

test('packages ask for one another by the same version', () => {
  const before = JSON.stringify({ version: '0.1.0', dependencies: { '@certispike/sdk': '0.1.0', other: '1.0.0' } });
  expect(JSON.parse(versioned(before, '0.2.0'))).toEqual({
    version: '0.2.0',
    dependencies: { '@certispike/sdk': '0.2.0', other: '1.0.0' },
  });
});

test.each([
  [['nonsense'], /version: expected one as 1\.2\.3, got nonsense/],
  [['0.0.1'], /expected one above/],
  [[], /got no version/],
  [['9.9.9', '--now'], /got --now/],
])('%j is refused', (args, message) => {
  const { status, stdout } = run(...args);
  expect([status, stdout]).toEqual([1, expect.stringMatching(message)]);
});

test('all versions of the repository are one', () => {
  const manifests = [
    'package.json',
    'packages/sdk/package.json',
    'packages/datasets/package.json',
    'packages/cli/package.json',
  ];
  expect(new Set(manifests.map((path) => JSON.parse(readFileSync(at(path))).version)).size).toBe(1);
});
