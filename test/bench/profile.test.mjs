import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { categoryOf } from '../../scripts/bench/profile/categories.mjs';
import { denseOperations, eventAdditions } from '../../scripts/bench/profile/work.mjs';
import { countsOf } from '../../scripts/bench/callgrind.mjs';
import { bench, temporaryFolder } from './run-bench.mjs';

const folder = temporaryFolder();
afterAll(() => folder.remove());

test('a profile says what the workers did, and how near it is to what can be', async () => {
  const record = folder.at('profile.json');
  const args = ['--profile', '--quick', '--no-check', '--only', 'inference/fc/rate/fresh'];
  const { status, stdout, stderr } = await bench([...args, '--batch', '64', '--folder', folder.path, '--json', record]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { ceilings, profiles } = JSON.parse(readFileSync(record, 'utf8'));
  // What any machine of this century does, and none of it will.
  for (const rate of Object.values(ceilings)) {
    expect(rate).toBeGreaterThan(1);
    expect(rate).toBeLessThan(1000);
  }
  const [{ shares, functions, rates, runs }] = profiles;
  expect(runs).toBeGreaterThan(1);
  expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
  expect(shares['affine forward']).toBeGreaterThan(0);
  expect(functions.some(({ name }) => name.startsWith('snn_core::'))).toBe(true);
  expect(rates.events).toBeGreaterThan(0);
  expect(stdout).toMatch(/affine forward .* %/);
}, 240_000);

const hasValgrind = spawnSync('valgrind', ['--version']).status === 0;
(hasValgrind ? test : test.skip)(
  'instructions are counted, and set against the baseline',
  async () => {
    const record = folder.at('instructions.json');
    const args = ['--instructions', '--only', 'inference/fc/rate', '--batch', '1', '--folder', folder.path];
    const { status, stdout, stderr } = await bench([...args, '--json', record]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { total, functions } = JSON.parse(readFileSync(record, 'utf8')).instructions.counts['inference/fc/rate'];
    expect(total).toBeGreaterThan(100_000);
    expect(Object.values(functions).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(total);
    expect(stdout).toMatch(/^inference\/fc\/rate +[\d.]+ +[\d.]+ +(none|[+-][\d.]+ %)$/m);
  },
  240_000,
);

test('counts of callgrind are those of functions themselves', () => {
  const file = [
    'fn=(1) one::two::h0123456789abcdef',
    '+3 10',
    'cfn=(2) called',
    'calls=1 7',
    '* 500',
    '-2 5',
    'fn=(2)',
    '12 500',
    'fn=(1)',
    '* 1',
  ];
  expect([...countsOf(file.join('\n'))]).toEqual([
    ['one::two', 16],
    ['called', 500],
  ]);
});

test.each([
  ['snn_core::affine::Affine::weight_gradient', true, 'weight gradient'],
  ['snn_core::region::Switches::new', true, 'concretisation'],
  ['snn_core::neuron::relaxation::lower', true, 'relaxation'],
  ['snn_core::nothing::known', true, 'rest of the core'],
  ['(idle)', false, 'idle'],
  ['postMessage', false, 'copying'],
  ['anything', false, 'JavaScript and system'],
])('%s counts as %s: %s', (name, isCore, category) => {
  expect(categoryOf(name, isCore)).toBe(category);
});

test('operations of a network of 100 connections', () => {
  const workload = { steps: 10, certifiedSteps: 3 };
  expect(denseOperations({ ...workload, name: 'inference' }, 100)).toBe(2000);
  expect(denseOperations({ ...workload, name: 'natural-step' }, 100)).toBe(6000);
  expect(denseOperations({ ...workload, name: 's-crown-eval' }, 100)).toBe(200 * (10 + 20 + 90));
  const activity = { run: 50, bounds: [20, 30], certifiedBounds: [5, 6] };
  expect(eventAdditions({ name: 'inference' }, activity)).toBe(50);
  expect(eventAdditions({ name: 's-ibp-eval' }, activity)).toBe(130);
  expect(eventAdditions({ name: 's-ibp-step' }, activity)).toBe(67);
});
