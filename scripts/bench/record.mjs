import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Mistake } from './failure.mjs';

const format = 'certispike-bench';
const version = 1;

/** A new record: about whom and what, and no results yet. */
export const emptyRecord = (about) => ({ format, version, ...about, results: [] });

/**
 * Reads what `--json` wrote.
 * @param option the option that names the file, for messages
 * @throws Mistake when it cannot be read or is something else
 */
export function readRecord(path, option) {
  let record;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is no JSON' : (error.code ?? error.message);
    throw new Mistake(`${option} ${path}: cannot be read (${reason === 'ENOENT' ? 'there is no such file' : reason})`);
  }
  if (record?.format !== format || record.version !== version || !Array.isArray(record.results)) {
    throw new Mistake(`${option} ${path}: not what \`npm run bench -- --json\` of this version writes`);
  }
  return record;
}

/**
 * Writes a record, whole or not at all.
 * @throws Mistake when it cannot be written
 */
export function writeRecord(path, record) {
  try {
    writeFileSync(`${path}.part`, `${JSON.stringify(record, undefined, 1)}\n`);
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw new Mistake(`--json ${path}: cannot be written (${error.code ?? error.message})`);
  }
}

/** The times that a record's tables compare: of the most workers. */
export function fastest({ ours }) {
  const workers = Math.max(...Object.keys(ours).map(Number));
  return ours[workers];
}
