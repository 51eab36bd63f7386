import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * Forges what a run left of a unit: one example that an attack fooled gets a certificate by S-IBP that is false, and the
 * attack is forgotten, so that the run goes on with it.
 * @param {string} unit folder of the unit
 * @param {string} name of the result
 * @returns {number} key of the example
 */
export function forgeCertificate(unit, name) {
  const place = join(unit, `${name}.json`);
  const examples = read(place);
  const index = examples.fooled.indexOf(1);
  if (index === -1) throw new Error(`${place}: expected an example that was fooled`);
  examples.certified[index] = 1;
  examples.margin_s_ibp[index] = 0.1;
  examples.fooled = examples.tried = examples.attack_margin = null;
  writeFileSync(place, JSON.stringify(examples));
  const record = read(join(unit, 'unit.json'));
  const results = record.results.map((result) =>
    result.name === name ? { ...result, attack: null, attacked_error: null } : result,
  );
  writeFileSync(join(unit, 'unit.json'), JSON.stringify({ ...record, results }));
  return examples.sample[index];
}
