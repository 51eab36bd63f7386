import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepNumbers } from '../../scripts/simulated/page.mjs';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

test('the page about simulated recordings shows the committed numbers, and adding some keeps the rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'certispike-simulated-'));
  const files = ['nmnist-simulated.json', 'nmnist-simulated.md'];
  for (const file of files) cpSync(join(docs, file), join(folder, file));
  const text = (place, file) => readFileSync(join(place, file), 'utf8');
  const numbers = JSON.parse(text(folder, files[0]));
  await keepNumbers(folder, {});
  for (const file of files)
    expect(text(folder, file).replaceAll(/\s+/g, '')).toBe(text(docs, file).replaceAll(/\s+/g, ''));
  await keepNumbers(folder, { likeness: 0.123 });
  expect(JSON.parse(text(folder, files[0]))).toEqual({ ...numbers, likeness: 0.123 });
  expect(text(folder, files[1])).toContain('likeness 0.123');
  rmSync(folder, { recursive: true });
});
