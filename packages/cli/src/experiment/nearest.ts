import { stat } from 'node:fs/promises';
import { type Engine, loadModel } from '@certispike/sdk';
import { type CertificationRecord, runCertification } from '../certification.js';
import { certifySchema } from '../config/certify.js';
import { check } from '../config/field.js';
import { readJson } from '../config/resolve.js';
import type { DataSet } from '../data-set.js';
import { CliError } from '../failure.js';
import { createMeter } from '../progress/create.js';
import { duration } from '../progress/duration.js';
import type { UnitRecord } from '../reproduce/record.js';
import { UnitFolder } from '../reproduce/unit-folder.js';
import { versions } from '../versions.js';

/** A unit whose certificates are to be compared. */
export interface Comparison {
  readonly unit: UnitRecord;
  /** The folder of the run. */
  readonly folder: string;
  readonly engine: Engine;
  readonly data: DataSet;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

const file = 'nearest.json';

/** The table's certificates of a unit with plain rounding, kept in the unit's folder. */
export async function certifiedToNearest(comparison: Comparison): Promise<CertificationRecord> {
  const { unit, engine, data, quiet, signal } = comparison;
  const folder = await UnitFolder.open(comparison.folder, unit.name);
  const table = unit.results.find(({ purpose }) => purpose === 'table') ?? unit.results[0];
  const kept = await keptRecord(folder.at(file));
  const isSame =
    kept?.examples === table?.examples && JSON.stringify(kept?.versions) === JSON.stringify(versions(engine));
  if (kept !== undefined && isSame) return kept;
  using model = await loadModel(engine, folder.model);
  using meter = createMeter(`${unit.title}: certifying without outward rounding`, quiet);
  const { examples: limit, steps, seed, region_full: region } = table ?? {};
  const config = {
    ...check(certifySchema, { data: unit.data, limit, steps, seed, region, rounding: 'nearest' }),
    model: folder.model,
  };
  if (config.region === undefined) throw new CliError('damaged-run', `run: expected results of ${unit.name}, got none`);
  const task = { ...config, region: config.region };
  const { record } = await runCertification({ engine, model, source: data.test, config: task, meter, signal });
  meter.succeed(duration(record.seconds));
  await folder.write(file, record);
  return record;
}

async function keptRecord(path: string): Promise<CertificationRecord | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  return (await readJson('folder', path)) as CertificationRecord;
}
