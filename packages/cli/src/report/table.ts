import type { Interval, Purpose, ResultRecord } from '../reproduce/record.js';
import { wilson } from '../reproduce/wilson.js';
import { dataName, inputName, methodName, networkName } from './groups.js';
import { percentage, regionText } from './numbers.js';
import { type Quantity, quantities } from './palette.js';
import type { Result, Run } from './read.js';
import { isSameQuestion } from './results.js';

/** An error rate and its 95 % interval. */
export interface Rate {
  readonly value: number;
  readonly interval: Interval;
  /** Of how many examples it is the share. */
  readonly examples: number;
}

/** A row of the table: one network and one region. */
export interface Row {
  readonly run: string;
  readonly unit: string;
  readonly quick: boolean;
  readonly network: string;
  readonly data: string;
  readonly input: string;
  readonly readout: string;
  readonly method: string;
  readonly recipe: string;
  readonly purpose: Purpose;
  readonly region: string;
  readonly steps: number;
  readonly seed: number;
  readonly examples: number;
  readonly rates: Readonly<Record<Quantity, Rate | null>>;
  readonly command: string;
}

const quickMark = 'QUICK RUN: small training, few images; not the results of the full experiment';

/** One row per result, in the order of the runs. */
export function rowsOf(runs: readonly Run[]): Row[] {
  return runs.flatMap((run) =>
    run.units.flatMap(({ record, results }) =>
      tabled(results).map(({ record: result }): Row => {
        const { network, data, input, readout, method, name } = record;
        const { purpose, region, steps, seed, examples, command } = result;
        return {
          ...{ run: run.folder, unit: name, quick: record.quick, network, data, input, readout, method },
          ...{ recipe: record.recipe_name, purpose, region, steps, seed, examples, command },
          rates: ratesOf(result, attackOf(results, result)),
        };
      }),
    ),
  );
}

/** All results but those whose attack stands in the row of a larger one. */
function tabled(results: readonly Result[]): Result[] {
  return results.filter(({ record }) => !results.some((other) => attackOf(results, other.record) === record));
}

/** Where the attack of a result was tried, if on fewer images only. */
function attackOf(results: readonly Result[], own: ResultRecord): ResultRecord | undefined {
  if (own.attacked_error !== null) return undefined;
  const part = results.find(
    ({ record }) => record.attacked_error !== null && record.examples < own.examples && isSameQuestion(record, own),
  );
  return part?.record;
}

/**
 * The five errors of a result.
 * @param attacked a result of fewer images whose attack stands for this one's
 */
export function ratesOf(result: ResultRecord, attacked: ResultRecord = result): Row['rates'] {
  const { examples, intervals } = result;
  const rate = (value: number | null, interval: Interval | null | undefined, count = examples): Rate | null =>
    value === null ? null : { value, interval: interval ?? wilson(value, count), examples: count };
  return {
    clean: rate(result.clean_error, intervals.clean),
    attacked: rate(attacked.attacked_error, attacked.intervals.attacked, attacked.examples),
    s_ibp: rate(result.s_ibp_error, intervals.s_ibp),
    s_crown: rate(result.s_crown_error, intervals.s_crown),
    best: rate(result.certified_error, intervals.certified),
  };
}

/** Errors are shares. */
export function csv(rows: readonly Row[]): string {
  const names = { clean: 'clean', attacked: 'attacked', s_ibp: 's_ibp', s_crown: 's_crown', best: 'certified' };
  const plain = ['run', 'unit', 'quick', 'network', 'data', 'input', 'readout', 'method', 'recipe'] as const;
  const terms = ['purpose', 'region', 'steps', 'seed', 'examples'] as const;
  const errors = quantities.flatMap((quantity) =>
    ['error', 'low', 'high', ...(quantity === 'attacked' ? ['examples'] : [])].map(
      (end) => `${names[quantity]}_${end}`,
    ),
  );
  const cells = (row: Row): (string | number | boolean)[] => [
    ...[...plain, ...terms].map((field) => row[field]),
    ...quantities.flatMap((quantity): (string | number)[] => {
      const rate = row.rates[quantity];
      const count = quantity === 'attacked' ? [rate?.examples ?? ''] : [];
      if (rate === null) return ['', '', '', ...count];
      return [rate.value, ...rate.interval.map((end) => Number(end.toFixed(6))), ...count];
    }),
    row.command,
  ];
  const quoted = (cell: string | number | boolean) => {
    // A spreadsheet must not take a text for a formula.
    const text = typeof cell === 'string' && /^[=+@\t\r-]/.test(cell) ? `'${cell}` : String(cell);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines: (string | number | boolean)[][] = [[...plain, ...terms, ...errors, 'command'], ...rows.map(cells)];
  return `${lines.map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

const titles = ['network', 'data', 'input', 'readout', 'training', 'region', 'T', 'examples'];
const rateTitles = ['clean', 'attacked', 'S-IBP', 'S-CROWN', 'certified'];

function texts(row: Row): string[] {
  const { network, data, input, readout, method, recipe, region, steps, examples } = row;
  const training = recipe === method ? methodName(method) : `${methodName(method)}, ${recipe}`;
  return [
    ...[networkName(network), dataName(data), inputName(input), readout, training],
    ...[regionText(region), String(steps), String(examples)],
  ];
}

/** Says where an error is one of fewer images than the row. */
const ofFewer = (row: Row, rate: Rate) => (rate.examples === row.examples ? '' : ` of ${rate.examples}`);

/** In per cent, with intervals in brackets. */
export function markdown(rows: readonly Row[]): string {
  const escaped = (text: string) => text.replaceAll(/[\\|*_`<>[\]]/g, '\\$&').replaceAll('\n', ' ');
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const body = rows.map((row) =>
    line([
      ...texts(row).map(escaped),
      ...quantities.map((quantity) => {
        const rate = row.rates[quantity];
        if (rate === null) return '–';
        const [low, high] = rate.interval.map((end) => percentage(end, rate.examples));
        return `${percentage(rate.value, rate.examples)} (${low}–${high})${ofFewer(row, rate)}`;
      }),
    ]),
  );
  return [
    ...(rows.some(({ quick }) => quick) ? [`**${quickMark}.**`, ''] : []),
    line([...titles, ...rateTitles]),
    line([...titles.map((_, column) => (column < 6 ? '---' : '---:')), ...rateTitles.map(() => '---:')]),
    ...body,
    '',
    `Errors in per cent of the examples, strict, with 95 % Wilson intervals.`,
    '',
  ].join('\n');
}

/** A `table` for the `booktabs` package. */
export function latex(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`;
  const body = rows.map((row) => {
    const rates = quantities.map((quantity) => {
      const rate = row.rates[quantity];
      if (rate === null) return '--';
      const [low, high] = rate.interval.map((end) => percentage(end, rate.examples));
      return `${percentage(rate.value, rate.examples)} {\\scriptsize [${low}, ${high}]}${ofFewer(row, rate)}`;
    });
    return line([...texts(row).map(latexText), ...rates]);
  });
  const quick = rows.some((row) => row.quick) ? ` \\textbf{${latexText(quickMark)}.}` : '';
  return [
    '% needs \\usepackage{booktabs}',
    '\\begin{table}',
    `  \\caption{Clean, attacked and certified error in per cent of the examples, strict, with 95\\,\\% Wilson intervals.${quick}}`,
    '  \\centering',
    '  \\begin{tabular}{llllllrrrrrrr}',
    '    \\toprule',
    line([...titles, ...rateTitles]),
    '    \\midrule',
    ...body,
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

const latexMarks: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  ε: '$\\varepsilon$',
  '\u00a0': '~',
  '\n': ' ',
};

function latexText(text: string): string {
  return text.replaceAll(/[\\~^ε\u00a0\n&%$#_{}]/g, (mark) => latexMarks[mark] ?? `\\${mark}`);
}
