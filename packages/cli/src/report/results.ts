import type { ResultRecord } from '../reproduce/record.js';

/** The result that stands for a unit: the row of the tables. */
export function mainRecord(results: readonly ResultRecord[]): ResultRecord {
  const found = results.find(({ purpose }) => purpose === 'table') ?? results[0];
  if (found === undefined) throw new Error('a unit without results is refused when it is read');
  return found;
}

/** The result of which the attack of a unit speaks: its main one, or the same question asked of fewer images. */
export function attackedRecord(results: readonly ResultRecord[]): ResultRecord {
  const main = mainRecord(results);
  if (main.attacked_error !== null) return main;
  return results.find((result) => result.attacked_error !== null && isSameQuestion(result, main)) ?? main;
}

/** Whether two results are of the same region, steps and draws; the number of images may differ. */
export function isSameQuestion(a: ResultRecord, b: ResultRecord): boolean {
  const asked = ({ region_full, steps, seed }: ResultRecord) => JSON.stringify([region_full, steps, seed]);
  return asked(a) === asked(b);
}
