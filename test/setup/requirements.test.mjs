import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../../scripts/setup/places.mjs';

const empty = mkdtempSync(join(tmpdir(), 'certispike-'));
afterAll(() => rmSync(empty, { recursive: true }));

const withoutTools = (script) =>
  spawnSync(process.execPath, [at('scripts', script)], { env: { PATH: empty }, encoding: 'utf8' });

test.each(['setup.mjs', 'start.mjs'])(
  '%s says in one sentence that Rust is missing and where it comes from',
  (script) => {
    const { status, stdout, stderr } = withoutTools(script);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Rust is missing .*https:\/\/rustup\.rs.*\.\n$/);
  },
);

test('test.mjs ends in the line of counts even then', () => {
  const { status, stdout } = withoutTools('test.mjs');
  expect(status).toBe(1);
  expect(stdout).toMatch(/Rust is missing/);
  expect(stdout).toMatch(/\n0 passed, 1 failed\n$/);
});
