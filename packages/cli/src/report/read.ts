import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { check } from '../config/field.js';
import { CliError } from '../failure.js';
import { readHistory, readPerExample, readRun, type ReadUnit } from '../reproduce/reading.js';
import type { HistoryRecord, PerExampleRecord, ResultRecord, RunRecord, UnitRecord } from '../reproduce/record.js';
import { type Exhibits, exhibitsFile, exhibitsSchema } from './examples/record.js';

/** A result with what its files hold. */
export interface Result {
  readonly record: ResultRecord;
  readonly examples: PerExampleRecord;
}

/** A unit of a run: one network, trained, certified and attacked. */
export interface Unit {
  /** Unlike every other in the report; fit for an anchor. */
  readonly key: string;
  readonly folder: string;
  readonly record: UnitRecord;
  /** Undefined where the weights were not trained there. */
  readonly history: HistoryRecord | undefined;
  readonly results: readonly Result[];
  /** Images and their spikes; undefined where none were kept. */
  readonly exhibits: Exhibits | undefined;
}

/** A run folder, read and checked. */
export interface Run {
  readonly folder: string;
  readonly record: RunRecord;
  readonly units: readonly Unit[];
}

/**
 * Reads the folders of runs that belong together.
 * @throws CliError naming the file and what is missing or does not fit: `no-run`, `damaged-run`, `unfinished-run`,
 *   `runs-differ`, `contradiction`, `file-not-found` and the like
 */
export async function readRuns(folders: readonly string[]): Promise<Run[]> {
  const paths = folders.map((folder) => resolve(folder));
  const twice = paths.findIndex((path, index) => paths.indexOf(path) !== index);
  if (twice >= 0) throw new CliError('bad-value', `run: expected every folder once, got one twice: ${folders[twice]}`);
  const runs: Run[] = [];
  for (const [index, folder] of folders.entries()) runs.push(await whole(folder, folders.length > 1 ? index + 1 : 0));
  const [first, ...others] = runs;
  const kind = ({ record }: Run) => (record.quick ? 'a quick run' : 'a full run');
  for (const run of others) {
    if (first === undefined || run.record.quick === first.record.quick) continue;
    const expected = `${kind(first)} as ${first.folder} is`;
    throw new CliError('runs-differ', `quick: expected ${expected}, got ${kind(run)}: ${run.folder}`);
  }
  checkLabels(runs.flatMap(({ units }) => units));
  return runs;
}

/** Data sets of one name that label their examples differently are not one: what stands side by side would be of other images. */
function checkLabels(units: readonly Unit[]): void {
  const known = new Map<string, { readonly label: number; readonly folder: string }>();
  for (const { folder, record, results } of units) {
    for (const { examples } of results) {
      for (const [index, sample] of examples.sample.entries()) {
        const key = `${record.data} ${sample}`;
        const label = examples.label[index] as number;
        const before = known.get(key);
        if (before === undefined) known.set(key, { label, folder });
        else if (before.label !== label) {
          const expected = `label ${before.label} of example ${sample} of ${record.data} as in ${before.folder}`;
          throw new CliError('runs-differ', `label: expected ${expected}, got ${label} in ${folder}`);
        }
      }
    }
  }
}

/** @param number of the run among several, 0 for the only one */
async function whole(folder: string, number: number): Promise<Run> {
  const { record, units, missing } = await readRun(folder);
  const unfinished = [...missing, ...units.filter((unit) => !unit.record.complete).map((unit) => unit.record.name)];
  if (unfinished.length > 0) {
    const command = `${record.command} goes on where it stopped`;
    const names = `${unfinished.slice(0, 3).join(', ')}${unfinished.length > 3 ? ' and others' : ''}`;
    const expected = `${record.units.length} finished units in ${join(folder, 'run.json')}`;
    throw new CliError(
      'unfinished-run',
      `run: expected ${expected}, got ${unfinished.length} without: ${names}; ${command}`,
    );
  }
  if (units.length === 0) {
    throw new CliError('unfinished-run', `run: expected at least one unit in ${join(folder, 'run.json')}, got none`);
  }
  const complete: Unit[] = [];
  for (const unit of units) complete.push(await wholeUnit(unit, record, number));
  return { folder, record, units: complete };
}

async function wholeUnit({ folder, record }: ReadUnit, run: RunRecord, number: number): Promise<Unit> {
  const file = join(folder, 'unit.json');
  if (record.results.length === 0) {
    throw new CliError('damaged-run', `run: results: expected at least one in ${file}, got none`);
  }
  if (record.quick !== run.quick) {
    throw new CliError(
      'damaged-run',
      `run: quick: expected ${run.quick} as in run.json, got ${record.quick} in ${file}`,
    );
  }
  const results: Result[] = [];
  for (const result of record.results) results.push(await wholeResult(folder, result));
  return {
    key: `${number > 0 ? `run${number}-` : ''}${record.name.replaceAll(/[^\w-]+/g, '-')}`,
    folder,
    record,
    history: await readHistory(folder),
    results,
    exhibits: await readExhibits(folder),
  };
}

/** A result whose examples bear out what it states. */
async function wholeResult(folder: string, record: ResultRecord): Promise<Result> {
  const examples = await readPerExample(folder, record.per_example);
  const file = join(folder, record.per_example);
  const fail = (code: string, message: string) => new CliError(code, `run: ${message} in ${file}`);
  if (examples.sample.length !== record.examples) {
    const expected = `${record.examples} examples as in unit.json`;
    throw fail('damaged-run', `examples: expected ${expected}, got ${examples.sample.length}`);
  }
  const { wrong, broken, unproved } = errorsOf({ record, examples });
  const stated = [
    ['clean_error', wrong, record.clean_error],
    ['attacked_error', broken, record.attacked_error],
    ['certified_error', unproved, record.certified_error],
  ] as const;
  for (const [field, errors, value] of stated) {
    if (errors === undefined || value === null) continue;
    const counted = shareOf(errors);
    if (Math.abs(counted - value) > 0.5 / errors.length) {
      throw fail('damaged-run', `${field}: expected ${value} as in unit.json, got ${counted} by counting`);
    }
  }
  // What no report may show: a run that finds it stops.
  const place = unproved.findIndex((open, index) => !open && (wrong[index] === true || broken?.[index] === true));
  if (place >= 0) {
    const example = `example ${examples.sample[place]}`;
    throw fail('contradiction', `expected no certified example to be wrong or fooled, got ${example}`);
  }
  return { record, examples };
}

/** Per example whether it counts as an error: clean, attacked (undefined where nothing was attacked), certified. */
export function errorsOf({ record, examples }: Result) {
  const { correct, certified, fooled } = examples;
  const wrong = correct.map((value) => value !== 1);
  const isAttacked = fooled !== null && record.attacked_error !== null;
  return {
    wrong,
    broken: isAttacked ? wrong.map((isWrong, index) => isWrong || fooled[index] === 1) : undefined,
    unproved: certified.map((value) => value !== 1),
  };
}

/** The share of what is true. */
export const shareOf = (values: readonly boolean[]) => values.filter(Boolean).length / values.length;

async function readExhibits(folder: string): Promise<Exhibits | undefined> {
  const file = join(folder, exhibitsFile);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError('damaged-run', `run: expected whole JSON, got a damaged file: ${file}`, { cause: error });
  }
  return check(exhibitsSchema, value, (path) => `${file}: ${path}`);
}

/** A folder for a caption: its last part. */
export const folderName = ({ folder }: { readonly folder: string }) => basename(resolve(folder));
