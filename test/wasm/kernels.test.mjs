import { readFileSync } from 'node:fs';
import { boundsChecks, disassembly, simd } from './disassembly.mjs';

const kernels = JSON.parse(readFileSync(new URL('kernels.json', import.meta.url), 'utf8'));
const [certifying, training] = ['snn_core', 'snn_training'].map(disassembly);
const all = [...certifying, ...training];

// Loops over events read unchecked, and kernels made of nothing else have no check at all. Those that go over rows as
// well check each row: `boundsChecks` says how many places do, and none may be added unseen.
describe.each(kernels)('$kernel', ({ symbol, copies, boundsChecks: allowed }) => {
  const of = (functions) => functions.filter(([name]) => name.includes(symbol));
  const found = of(all);

  test('is there, in every width', () => {
    expect(of([...training]).length).toBeGreaterThanOrEqual(copies);
  });

  test('computes with vectors', () => {
    for (const [name, text] of found) expect(`${name} ${Math.min(simd(text), 1)}`).toBe(`${name} 1`);
  });

  test(`checks bounds in at most ${allowed} places`, () => {
    for (const [name, text] of found)
      expect(`${name} ${Math.max(boundsChecks(text), allowed)}`).toBe(`${name} ${allowed}`);
  });
});

test('the check sees what it looks for', () => {
  expect(all.some(([, text]) => boundsChecks(text) > 0)).toBe(true);
  expect(all.some(([, text]) => simd(text) === 0)).toBe(true);
});
