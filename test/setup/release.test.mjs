import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { released } from '../../scripts/release/changelog.mjs';
import { versioned } from '../../scripts/release/manifest.mjs';
import { versionedFiles } from '../../scripts/release/release.mjs';
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

test('all versions of the repository are one, and a release changes them all', () => {
  const { version } = JSON.parse(readFileSync(at('package.json')));
  const now = versionedFiles(version);
  expect(now.size).toBe(11);
  for (const [path, content] of now) expect([path, content]).toEqual([path, readFileSync(at(path), 'utf8')]);
  for (const [path, content] of versionedFiles('98.7.6')) {
    expect([path, content.includes('98.7.6')]).toEqual([path, true]);
    const own = path.endsWith('lock')
      ? /^name = "(snn-\w+|event-codecs)"\nversion = "(?!98)/m
      : /certispike\/\w+": "(?!98)/;
    expect([path, own.exec(content)?.[0]]).toEqual([path, undefined]);
  }
  expect(JSON.parse(versionedFiles('98.7.6').get('package-lock.json')).packages['packages/cli']).toMatchObject({
    version: '98.7.6',
    dependencies: { '@certispike/sdk': '98.7.6', '@certispike/datasets': '98.7.6' },
  });
});
