import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { blocksOf, root } from '../cli/documents.mjs';
import { execute } from '../execute.mjs';

const guides = readdirSync(join(root, 'docs/guides')).map((name) => `docs/guides/${name}`);

/** What a reader has when a guide begins: small data, weights, and how long to train. */
const given = `
import { createEngine as start, paper as known } from '@certispike/sdk';
import { labels, pixels, smallSource } from ${JSON.stringify(new URL('small-data.mjs', import.meta.url).href)};
const [train, validation] = [smallSource(), smallSource()];
const epochs = 1;
const sizes = { 'layers.0.weight': 256 * 784, 'layers.0.bias': 256, 'layers.1.weight': 2560, 'layers.1.bias': 10 };
const weights = Object.fromEntries(
  Object.entries(sizes).map(([name, size]) => [name, Float32Array.from({ length: size }, (_, at) => ((at * 31) % 17) / 200 - 0.04)]),
);
`;

/** Runs what a module exports, as its reader would. */
const after = `
if (typeof answer === 'function') {
  const engine = await start({ workers: 1 });
  const model = engine.createModel(known.fc(), { seed: 1 });
  console.log(await answer(engine, model, pixels.slice(0, 784)));
  await engine.dispose();
}
`;

const programs = guides.flatMap((guide) =>
  blocksOf(guide)
    .filter(({ language }) => language === 'js')
    .map(({ text }, index) => [guide, index + 1, text]),
);

let folder;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'certispike-guides-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(programs)('%s: program %i runs', async (guide, _, text) => {
  const program = join(root, '.tools', `guide-${process.pid}.mjs`);
  writeFileSync(program, [given, text, after].join('\n'));
  try {
    const script = `process.chdir(${JSON.stringify(folder)}); await import(${JSON.stringify(pathToFileURL(program).href)});`;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script], { cwd: root });
    expect(stdout).not.toBe('');
  } finally {
    rmSync(program, { force: true });
  }
});

test('every guide has something to run', () => {
  const languages = (guide) => blocksOf(guide).map(({ language }) => language);
  expect(guides.filter((guide) => !languages(guide).some((language) => ['js', 'sh'].includes(language)))).toEqual([]);
});
