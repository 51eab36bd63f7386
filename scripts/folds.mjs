/**
 * Cuts a small set of recordings into folds, for cross-validation: every recording is tested once.
 *
 *     node scripts/folds.mjs FOLDER OUT [--folds 5]
 *
 * FOLDER holds recordings and files of labels (`train*.txt`, `test*.txt`, as N-MNIST's small set). OUT gets a folder per
 * fold, `1`, `2`, ..., each with all recordings and a `labels.csv` that says which are tested; `--data OUT/1` reads it.
 * The recording at place `i` of the list is tested in fold `i mod folds`, so that the folds are the same for everybody.
 */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folds: { type: 'string', default: '5' } },
});
const [folder, out] = positionals;
const folds = Number(values.folds);
if (folder === undefined || out === undefined || !Number.isSafeInteger(folds) || folds < 2) {
  console.error('folds: expected FOLDER OUT [--folds <a whole number from 2 up>]');
  process.exit(2);
}

const names = await readdir(folder);
const lists = names.filter((name) => /^(train|test).*\.txt$/i.test(name)).sort((a, b) => b.localeCompare(a));
const labelled = [];
for (const list of lists) {
  const lines = (await readFile(join(folder, list), 'utf8')).split(/\r?\n/);
  for (const line of lines) {
    const [sample, label] = line.trim().split(/\s+/);
    if (/^\d+$/.test(sample) && /^\d+$/.test(label)) labelled.push({ sample, label });
  }
}
const files = new Map(names.map((name) => [basename(name, extname(name)), name]));
const missing = labelled.find(({ sample }) => !files.has(sample));
if (labelled.length < folds || missing !== undefined) {
  const got = missing === undefined ? `${labelled.length} of them` : `none for ${missing.sample}`;
  console.error(`folds: expected a recording for every labelled sample in ${folder}, got ${got}`);
  process.exit(2);
}

for (let fold = 0; fold < folds; fold += 1) {
  const target = join(out, String(fold + 1));
  await mkdir(target, { recursive: true });
  for (const { sample } of labelled) await cp(join(folder, files.get(sample)), join(target, files.get(sample)));
  const rows = labelled.map(({ sample, label }, place) => {
    return `${files.get(sample)},${label},${place % folds === fold ? 'test' : 'train'}`;
  });
  await writeFile(join(target, 'labels.csv'), `file,label,split\n${rows.join('\n')}\n`);
}
console.log(`${labelled.length} recordings in ${folds} folds: ${out}`);
