import { type Column, columns, percent } from '../columns.js';
import { duration } from '../progress/duration.js';
import { totalCost, trainingTime, type UnitCost } from './cost.js';
import type { UnitPlan } from './plan.js';
import type { ResultRecord, RunRecord, UnitRecord } from './record.js';

const right = <Row>(title: string, cell: (row: Row) => string): Column<Row> => ({ title, align: 'right', cell });

/** What a run will take, unit by unit. */
export function estimateText(units: readonly UnitPlan[], costs: readonly UnitCost[], workers: number): string {
  type Row = readonly [name: string, cost: UnitCost];
  const rows = units.map((unit, index): Row => [unit.name, costs[index] as UnitCost]);
  const sum = (of: 'certifying' | 'attacking') => (cost: UnitCost) =>
    cost.results.reduce((total, result) => total + result[of], 0);
  const total = costs.reduce((seconds, cost) => seconds + totalCost(cost), 0);
  return [
    columns<Row>(
      [
        { title: 'unit', cell: ([name]) => name },
        right('training', ([, cost]) => duration(trainingTime(cost))),
        right('certifying', ([, cost]) => duration(sum('certifying')(cost))),
        right('attacking', ([, cost]) => duration(sum('attacking')(cost))),
        right('in all', ([, cost]) => duration(totalCost(cost))),
      ],
      rows,
    ),
    '',
    `${units.length} units, about ${longDuration(total)} with ${workers} workers on this machine; an estimate from the ` +
      'times of other networks: expect half to twice of it',
  ].join('\n');
}

/** Hours become days where there are many. */
export function longDuration(seconds: number): string {
  const days = seconds / 86_400;
  return days < 2 ? duration(seconds) : `${days.toFixed(1)} days`;
}

/** What a run is, and that a quick one is no more than that. */
export function heading({ title, quick, remarks }: Pick<RunRecord, 'title' | 'quick' | 'remarks'>): string {
  const small = quick ? ['QUICK FORM: a small version; its numbers are not those of the experiment'] : [];
  return [title, ...small, ...remarks].join('\n');
}

/** The results of the units, a row each for the region that their tables are about. */
export function runText(
  record: RunRecord,
  units: readonly UnitRecord[],
  { folder, report }: { readonly folder: string; readonly report: string },
): string {
  type Row = readonly [unit: UnitRecord, result: ResultRecord];
  const rows = units.flatMap((unit): Row[] => {
    const table = unit.results.find(({ purpose }) => purpose === 'table');
    return table === undefined ? [] : [[unit, table]];
  });
  const parts = units.flatMap((unit) =>
    unit.results.filter(({ purpose }) => purpose === 'attack').map((result): Row => [unit, result]),
  );
  return [
    heading(record),
    '',
    resultsTable(rows),
    ...(parts.length === 0 ? [] : ['', 'the images that were attacked:', resultsTable(parts)]),
    '',
    `report: ${report}`,
    `models and results: ${folder}`,
  ].join('\n');
}

/** Errors of some results, from the least to the greatest. */
export function resultsTable(rows: readonly (readonly [unit: UnitRecord, result: ResultRecord])[]): string {
  type Row = (typeof rows)[number];
  return columns<Row>(
    [
      { title: 'unit', cell: ([{ name }]) => name },
      { title: 'readout', cell: ([{ readout }]) => readout },
      { title: 'region', cell: ([, { region }]) => region },
      right('examples', ([, { examples }]) => String(examples)),
      right('clean error', ([, result]) => percent(result.clean_error)),
      right('attacked', ([, result]) => percent(result.attacked_error)),
      right('certified', ([, result]) => percent(result.certified_error)),
      right('S-IBP', ([, result]) => percent(result.s_ibp_error)),
      right('S-CROWN', ([, result]) => percent(result.s_crown_error)),
    ],
    rows,
  );
}
