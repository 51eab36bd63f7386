import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { between } from '../../scripts/bench/marks.mjs';
import { entriesOf } from '../../scripts/results/entries.mjs';
import { headlines, rowsOf, table } from '../../scripts/results/table.mjs';
import { writeSampleRun } from '../cli/sample-run.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');

describe('the committed results', () => {
  const entries = JSON.parse(read('docs/results.json'));

  test('are those of the README', () => {
    expect(between(read('README.md'), 'results').trim()).toBe(table(entries));
    expect(between(read('README.md'), 'headlines').trim()).toBe(headlines(entries));
  });

  test('say all that is needed, and clean <= attacked <= certified holds in every one', () => {
    expect(entries.length).toBeGreaterThan(0);
    const shares = ['clean_error', 'certified_error', 's_ibp_error', 's_crown_error'];
    for (const entry of entries) {
      for (const field of ['network', 'data', 'input', 'region', 'method', 'readout', 'command']) {
        expect(entry[field]).toMatch(/./);
      }
      for (const field of ['examples', 'seed', 'steps', 'training_seed'])
        expect(entry[field]).toEqual(expect.any(Number));
      for (const field of shares) expect(entry[field] >= 0 && entry[field] <= 1).toBe(true);
      expect(entry.certified_error).toBeLessThanOrEqual(Math.min(entry.s_ibp_error, entry.s_crown_error));
      const { attack, attacked_error } = entry;
      if (attack === null) continue;
      const clean = attack.clean_error ?? entry.clean_error;
      const certified = attack.certified_error ?? entry.certified_error;
      expect([clean, attacked_error, certified]).toEqual([clean, attacked_error, certified].sort((a, b) => a - b));
    }
  });

  test('every row of images has three seeds of draws that no selection saw', () => {
    for (const { seeds, data, input } of rowsOf(entries)) {
      expect(seeds.includes(0)).toBe(false);
      if (data !== 'nmnist' && input === 'rate') expect(seeds.length).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('results from a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certispike-results-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const entries = entriesOf(writeSampleRun(folder, { units: ['fc-mnist.natural', 'fc-mnist.s-ibp'], examples: 200 }));

  test('are one entry per network and seed', () => {
    expect(entries.map(({ row, variant, region }) => [row, variant, region])).toEqual([
      ['fc-mnist', 'natural', 'linf:0.06'],
      ['fc-mnist', 's-ibp', 'linf:0.06'],
    ]);
  });

  test('seeds become a mean and a range, folds are pooled by their sizes', () => {
    const [one] = entries;
    const seeds = [0.1, 0.2, 0.3].map((clean_error, index) => ({ ...one, seed: 101 + index, clean_error }));
    expect(rowsOf(seeds)[0].clean).toMatchObject({ mean: expect.closeTo(0.2), from: 0.1, to: 0.3 });
    const folds = [
      { ...one, fold: '1/2', examples: 30, clean_error: 0.1 },
      { ...one, fold: '2/2', examples: 10, clean_error: 0.3 },
    ];
    expect(rowsOf(folds)[0]).toMatchObject({ examples: 40, folds: 2, clean: { mean: expect.closeTo(0.15) } });
  });

  test('another number makes another table', () => {
    const attacked = entries.map((entry) => ({ ...entry, attacked_error: entry.attacked_error / 2 }));
    expect(headlines(attacked)).not.toBe(headlines(entries));
    const changed = entries.map((entry) => ({ ...entry, certified_error: entry.certified_error / 2 }));
    expect(table(changed)).not.toBe(table(entries));
    expect(headlines(entries).split('\n')).toHaveLength(6);
  });
});
