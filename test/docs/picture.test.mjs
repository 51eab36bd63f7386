import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, paper, saveModel } from '@certispike/sdk';
import { execute } from '../execute.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const script = join(root, 'scripts/picture.mjs');

describe('the picture of a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certispike-picture-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('shows every network of the run at every epsilon', async () => {
    const engine = await createEngine({ workers: 1 });
    const model = engine.createModel(paper.fc({ readout: 'membrane' }), { seed: 1, initialisation: 'ibp' });
    mkdirSync(join(folder, 'robust-membrane'));
    await saveModel(model, join(folder, 'robust-membrane/model.safetensors'));
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ units: ['robust-membrane'] }));
    await engine.dispose();
    await execute(process.execPath, [script, folder, '--limit', '8', '--out', folder], { cwd: root });

    const rows = JSON.parse(readFileSync(join(folder, 'certified-error.json'), 'utf8'));
    expect(rows.map(({ epsilon }) => epsilon)).toEqual([0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1]);
    expect(rows.every(({ examples, network }) => examples === 8 && network === 'robust, membrane readout')).toBe(true);
    const svg = readFileSync(join(folder, 'certified-error.svg'), 'utf8');
    expect(svg).toMatch(/^<svg/);
    expect(svg).toContain('robust, membrane readout');
  });

  test('without a run it says what it wants', async () => {
    await expect(execute(process.execPath, [script], { cwd: root })).rejects.toMatchObject({ code: 2 });
  });
});

test('the README shows the table that the committed numbers give', () => {
  const rows = JSON.parse(readFileSync(join(root, 'docs/certified-error.json'), 'utf8'));
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const inTable = rows.filter(({ epsilon }) => epsilon === 0.06);
  expect(inTable).toHaveLength(3);
  for (const { network, examples, cleanError, certifiedError } of inTable) {
    const [label, readout] = network.split(/, | readout/);
    const line = readme.split('\n').find((text) => text.startsWith(label) && text.includes(` ${readout} `)) ?? '';
    expect(line).toContain(` ${percent(1 - cleanError)} `);
    expect(line.endsWith(` ${percent(certifiedError)}`)).toBe(true);
    expect(examples).toBe(10_000);
  }
});
