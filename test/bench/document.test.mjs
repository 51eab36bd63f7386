import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { between } from '../../scripts/bench/marks.mjs';
import { page, readmeTable } from '../../scripts/bench/page.mjs';
import { picture } from '../../scripts/bench/picture.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');

describe('the committed numbers', () => {
  const record = JSON.parse(read('docs/performance.json'));

  test('are those of docs/performance.md', () => {
    const text = read('docs/performance.md');
    expect(text).toBe(page(record, between(text, 'notes')));
  });

  test('are those of the README', () => {
    expect(between(read('README.md'), 'performance').trim()).toBe(readmeTable(record));
  });

  test('are those of the picture', async () => {
    expect(read('docs/performance.svg')).toBe(await picture(record.linearity));
  });

  test('were checked, and run often enough', () => {
    expect(record.results.length).toBeGreaterThan(0);
    for (const { ours, checked } of record.results) {
      expect(checked).toBeDefined();
      expect(Math.min(...Object.values(ours).map(({ runs }) => runs))).toBeGreaterThanOrEqual(15);
    }
  });
});
