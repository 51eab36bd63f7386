import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { CliError, fileError } from '../failure.js';
import { type HistoryRecord, type PerExampleRecord, type RunRecord, runVersion, type UnitRecord } from './record.js';

/** A run as it lies in its folder. */
export interface ReadRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly units: readonly ReadUnit[];
  /** Units that the run names and whose folders are not there yet. */
  readonly missing: readonly string[];
}

/** A unit as it lies in its folder. */
export interface ReadUnit {
  readonly folder: string;
  readonly record: UnitRecord;
}

const header = (format: string) =>
  v.looseObject({
    format: v.literal(format, `'${format}'`),
    version: v.literal(runVersion, String(runVersion)),
  });
const name = v.pipe(v.string('a name'), v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'a name in kebab case'));
const share = v.pipe(v.number('a share'), v.minValue(0, 'a share'), v.maxValue(1, 'a share'));

const runSchema = v.looseObject({
  ...header('certispike-run').entries,
  title: v.string('a title'),
  quick: v.boolean('true or false'),
  units: v.array(name, 'a list of names'),
});

const resultSchema = v.looseObject({
  name,
  region: v.string('a region'),
  examples: v.pipe(v.number('a count'), v.integer('a count'), v.minValue(1, 'a count')),
  clean_error: share,
  certified_error: share,
  attacked_error: v.nullable(share),
  per_example: v.string('a file'),
});

const unitSchema = v.looseObject({
  ...header('certispike-unit').entries,
  name,
  title: v.string('a title'),
  complete: v.boolean('true or false'),
  results: v.array(resultSchema, 'a list of results'),
});

/**
 * The run in a folder, with the records of its units.
 * @throws CliError `no-run` where the folder holds no run, `damaged-run` where a record is cut off or of another form,
 *   `file-not-found` and the like
 */
export async function readRun(folder: string): Promise<ReadRun> {
  const info = await stat(folder).catch((error: unknown) => {
    throw fileError('run', folder, error);
  });
  if (!info.isDirectory()) throw new CliError('not-a-folder', `run: expected a folder, got a file: ${folder}`);
  const path = join(folder, 'run.json');
  if (!(await isThere(path))) {
    throw new CliError('no-run', `run: expected the folder of a run, got one without run.json: ${folder}`);
  }
  const record = await readRecord<RunRecord>(path, runSchema);
  const units: ReadUnit[] = [];
  const missing: string[] = [];
  for (const unit of record.units) {
    const read = await readUnit(join(folder, unit));
    if (read === undefined) missing.push(unit);
    else units.push(read);
  }
  return { folder, record, units, missing };
}

/**
 * The unit in a folder; undefined where there is none.
 * @throws CliError `damaged-run`
 */
export async function readUnit(folder: string): Promise<ReadUnit | undefined> {
  const path = join(folder, 'unit.json');
  if (!(await isThere(path))) return undefined;
  const record = await readRecord<UnitRecord>(path, unitSchema);
  for (const { per_example } of record.results) {
    const file = join(folder, per_example);
    if (!(await isThere(file))) {
      throw new CliError('damaged-run', `run: expected the file that ${path} names, got none: ${file}`);
    }
  }
  return { folder, record };
}

/**
 * The training history of a unit; undefined where its weights were not trained there.
 * @throws CliError `damaged-run`
 */
export async function readHistory(unit: string): Promise<HistoryRecord | undefined> {
  const path = join(unit, 'training.json');
  if (!(await isThere(path))) return undefined;
  const schema = v.looseObject({ ...header('certispike-training').entries, epochs: v.array(v.looseObject({})) });
  return readRecord<HistoryRecord>(path, schema);
}

/**
 * The results of single examples, which a result names in `per_example`.
 * @throws CliError `damaged-run`, `file-not-found` and the like
 */
export async function readPerExample(unit: string, file: string): Promise<PerExampleRecord> {
  const numbers = v.array(v.nullable(v.number('a number')), 'a list');
  const schema = v.pipe(
    v.looseObject({ sample: numbers, label: numbers, correct: numbers, certified: numbers, margin: numbers }),
    v.check(
      ({ sample, ...arrays }) =>
        Object.values(arrays).every((array) => !Array.isArray(array) || array.length === sample.length),
      'lists of the same length',
    ),
  );
  return readRecord<PerExampleRecord>(join(unit, file), schema);
}

/** A JSON file as `schema` has it at the least; what else belongs to a record is taken as it is. */
async function readRecord<Record>(path: string, schema: v.GenericSchema): Promise<Record> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError('run', path, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CliError('damaged-run', `run: expected whole JSON, got a damaged file: ${path}`);
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return value as Record;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? 'record';
  throw new CliError('damaged-run', `run: ${field}: expected ${issue.message} in ${path}`);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
