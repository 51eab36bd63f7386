#!/usr/bin/env node
// Makes docs/results.json and the README's table of results from run folders:
//
//     node scripts/results.mjs RUN... [--out docs/results.json]
//
// The runs are those of `certispike reproduce --plan docs/results-plan.json`. Units are named ROW.VARIANT, folds of a
// cross-validation ROW.VARIANT.foldN. Numbers of other runs stay where the new ones do not replace them. All errors of an
// entry are about the same images: where only the first of them were attacked, those have an entry of their own.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { between, replaced } from './bench/marks.mjs';
import { entriesOf, withoutStale } from './results/entries.mjs';
import { headlines, table } from './results/table.mjs';
import { at } from './setup/places.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: at('docs/results.json') }, fresh: { type: 'boolean', default: false } },
});
if (positionals.length === 0 && !existsSync(values.out)) {
  console.error('results: expected the folders of runs, got none');
  process.exit(2);
}

const kept = !values.fresh && existsSync(values.out) ? JSON.parse(readFileSync(values.out, 'utf8')) : [];
const found = positionals.flatMap((run) => entriesOf(run, kept));
// A network and its draws come as a whole: of an earlier run nothing stays beside what a later one says.
const isNew = (entry) => found.some(({ name, seed }) => name === entry.name && seed === entry.seed);
const order = [...new Set([...kept, ...found].map(({ name }) => name))];
const all = withoutStale([...kept.filter((entry) => !isNew(entry)), ...found]).sort(
  (a, b) => order.indexOf(a.name) - order.indexOf(b.name) || a.seed - b.seed,
);
const style = await resolveConfig(values.out);
writeFileSync(values.out, await format(JSON.stringify(all), { ...style, parser: 'json' }));
console.log(`${values.out}: ${all.length} results`);

const readme = at('README.md');
let text = readFileSync(readme, 'utf8');
for (const [name, content] of Object.entries({ results: table(all), headlines: headlines(all) })) {
  if (between(text, name) === undefined) console.log(`README.md has no marks for ${name}:\n\n${content}\n`);
  else text = replaced(text, name, `\n\n${content}\n\n`);
}
writeFileSync(readme, text);
