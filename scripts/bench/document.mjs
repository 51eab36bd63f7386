import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { at } from '../setup/places.mjs';
import { between, replaced } from './marks.mjs';
import { page, readmeTable } from './page.mjs';
import { picture } from './picture.mjs';

const files = { json: at('docs/performance.json'), text: at('docs/performance.md'), svg: at('docs/performance.svg') };
const readme = at('README.md');

/** Writes docs/performance.{json,md,svg} and the table of the README from a record. */
export async function document(record) {
  const kept = slim(record);
  const style = await resolveConfig(files.json);
  writeFileSync(files.json, await format(JSON.stringify(kept), { ...style, parser: 'json' }));
  const before = existsSync(files.text) ? readFileSync(files.text, 'utf8') : '';
  writeFileSync(files.text, page(kept, between(before, 'notes') ?? '\n'));
  if (kept.linearity !== undefined) writeFileSync(files.svg, await picture(kept.linearity));
  const text = readFileSync(readme, 'utf8');
  if (between(text, 'performance') !== undefined) {
    writeFileSync(readme, replaced(text, 'performance', `\n\n${readmeTable(kept)}\n\n`));
  }
  for (const path of Object.values(files)) console.log(path);
}

/** A record without single times. */
export function slim(record) {
  return JSON.parse(JSON.stringify(record, (name, value) => (name === 'times' ? undefined : value)));
}
