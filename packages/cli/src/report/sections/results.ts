import type { Change, Comparison } from '../comparisons.js';
import { overview } from '../figures/errors.js';
import { type Group, mainResult, type Member } from '../groups.js';
import { count, percentage, points, regionText } from '../numbers.js';
import { looks, quantities } from '../palette.js';
import { figureOf, lineLegend, type Section, type TableColumn, tableOf, type Writer } from '../page/blocks.js';
import { Markup, markup, type Part } from '../page/markup.js';
import { attackedRecord } from '../results.js';
import { type Rate, ratesOf, type Row } from '../table.js';

/** A line of the main table. */
interface Line {
  readonly member: Member;
  readonly rates: Row['rates'];
}

/** The table, what robust training changes, and the errors drawn. */
export async function results(
  writer: Writer,
  groups: readonly Group[],
  comparisons: readonly Comparison[],
): Promise<Section> {
  const plots = groups.map((group) => ({
    plot: overview(writer.id(`errors ${group.title}`), group),
    heading: group.title,
  }));
  const legend = lineLegend(quantities.map((quantity) => ({ ...looks[quantity], dash: [1, 0] })));
  return {
    id: writer.id('results'),
    title: 'Results',
    body: [
      mainTable(writer, groups),
      comparisons.length > 0 && comparisonTable(writer, comparisons),
      await figureOf(writer, plots, {
        legend,
        caption: markup`Errors of every network, each of the images that the table names. Lines are 95 % Wilson
          intervals. On the same images, the true error under the strongest possible attack lies between
          <em>attacked</em> and <em>certified</em>.`,
      }),
      drawsTable(writer, groups),
    ],
  };
}

function mainTable(writer: Writer, groups: readonly Group[]): Markup {
  const lines = groups.map(({ title, members }) => ({
    title,
    rows: members.map((member): Line => {
      const records = member.unit.results.map(({ record }) => record);
      return { member, rates: ratesOf(mainResult(member.unit).record, attackedRecord(records)) };
    }),
  }));
  const record = ({ member }: Line) => member.unit.record;
  const main = ({ member }: Line) => mainResult(member.unit).record;
  /** Errors of different regions have no least one. */
  const isLeast = (line: Line, quantity: (typeof quantities)[number]) => {
    const group = lines.find(({ rows }) => rows.includes(line))?.rows ?? [];
    const rivals = group.filter((other) => main(other).region === main(line).region);
    const values = rivals.flatMap(({ rates }) => rates[quantity]?.value ?? []);
    return values.length > 1 && line.rates[quantity]?.value === Math.min(...values);
  };
  const columns: TableColumn<Line>[] = [
    {
      title: 'training',
      cell: (line) => [line.member.label, record(line).quick && markup` <span class="short">quick</span>`],
    },
    ...quantities.map((quantity): TableColumn<Line> => ({
      title: markup`${swatch(quantity)}${quantity === 'best' ? 'certified' : looks[quantity].label}`,
      isNumber: true,
      cell: (line) => cell(line.rates[quantity], main(line).examples),
      mark: (line) => (isLeast(line, quantity) ? 'least' : undefined),
    })),
    { title: 'readout', cell: (line) => record(line).readout },
    { title: 'region', cell: (line) => regionText(main(line).region) },
    { title: 'T', isNumber: true, cell: (line) => main(line).steps },
    { title: 'images', isNumber: true, cell: (line) => count(main(line).examples) },
  ];
  const caption = markup`Errors in per cent of the images, with 95 % Wilson intervals; the least of each group and
    region is set in bold. The column <em>certified</em> takes the better of both bounds for every rival class; S-IBP and S-CROWN are each bound alone. A tie is an error.`;
  return tableOf(writer, caption, columns, lines);
}

function swatch(quantity: (typeof quantities)[number]): Markup {
  return new Markup(
    `<svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true" class="swatch"><rect width="8" height="8" rx="1.5" fill="${looks[quantity].colour}"/></svg> `,
  );
}

function cell(rate: Rate | null, examples: number): Part {
  if (rate === null) return markup`<span aria-label="not measured">–</span>`;
  const [low, high] = rate.interval.map((end) => percentage(end, rate.examples));
  const fewer = rate.examples === examples ? '' : ` of ${count(rate.examples)}`;
  return markup`${percentage(rate.value, rate.examples)}<small>${low}–${high}${fewer}</small>`;
}

function comparisonTable(writer: Writer, comparisons: readonly Comparison[]): Markup {
  const change = (own: Change | null, images: number): Part => {
    if (own === null) return markup`<span aria-label="not measured">–</span>`;
    const [high, low] = own.interval.map((end) => points(-end, own.examples));
    const fewer = own.examples === images ? '' : ` of ${count(own.examples)}`;
    return markup`${points(-own.value, own.examples)}<small>${low} to ${high}${fewer}</small>`;
  };
  const images = ({ natural, robust }: Comparison) =>
    Math.max(...[natural, robust].map(({ unit }) => mainResult(unit).record.examples));
  const column = (kind: keyof Comparison['changes']): TableColumn<Comparison> => ({
    title: kind,
    isNumber: true,
    cell: (own) => change(own.changes[kind], images(own)),
  });
  const columns: TableColumn<Comparison>[] = [
    { title: 'training', cell: ({ robust }) => robust.label },
    { title: 'against', cell: ({ natural }) => natural.label },
    { title: 'region', cell: ({ region }) => regionText(region) },
    column('clean'),
    column('attacked'),
    column('certified'),
  ];
  const titles = [...new Set(comparisons.map(({ group }) => group.title))];
  const caption = markup`What robust training changes: the error of the robust network less that of the natural one, in
  points, for the same images and draws, the first ones where one network was asked about fewer; below zero is better. 95 % intervals for paired shares (Bonett and Price 2012).
  The paper's headline is −37.7 points of attacked error for +3.7 points of clean error.`;
  const groups = titles.map((title) => ({
    title,
    rows: comparisons.filter(({ group }) => group.title === title),
  }));
  return tableOf(writer, caption, columns, groups);
}

/** A network under the draws of the table and others. */
interface Draws {
  readonly member: Member;
  readonly seeds: readonly number[];
  readonly clean: readonly number[];
  readonly certified: readonly number[];
  readonly examples: number;
}

/** Mean and range over draws; nothing where there is one only. */
function drawsTable(writer: Writer, groups: readonly Group[]): Markup | undefined {
  const rows = groups
    .flatMap(({ title, members }) => members.map((member) => ({ title, member })))
    .flatMap(({ title, member }) => {
      const main = mainResult(member.unit).record;
      const others = member.unit.results.map(({ record }) => record).filter(({ purpose }) => purpose === 'draws');
      if (others.length === 0) return [];
      const all = [main, ...others];
      const row: Draws = {
        member,
        seeds: all.map(({ seed }) => seed),
        clean: all.map(({ clean_error }) => clean_error),
        certified: all.map(({ certified_error }) => certified_error),
        examples: Math.min(...all.map(({ examples }) => examples)),
      };
      return [{ title, row }];
    });
  if (rows.length === 0) return undefined;
  const spread = (values: readonly number[], examples: number) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => percentage(value, examples));
    return markup`${percentage(mean, examples)}<small>${least}–${most}</small>`;
  };
  const columns: TableColumn<Draws>[] = [
    { title: 'training', cell: ({ member }) => member.label },
    { title: 'seeds', cell: ({ seeds }) => seeds.join(', ') },
    { title: 'images', isNumber: true, cell: ({ examples }) => count(examples) },
    { title: 'clean', isNumber: true, cell: ({ clean, examples }) => spread(clean, examples) },
    { title: 'certified', isNumber: true, cell: ({ certified, examples }) => spread(certified, examples) },
  ];
  const titles = [...new Set(rows.map(({ title }) => title))];
  const caption = markup`The same networks under several draws, that of the first table and others: mean of the errors in per
  cent, and the least and the greatest.`;
  const grouped = titles.map((title) => ({
    title,
    rows: rows.filter((own) => own.title === title).map(({ row }) => row),
  }));
  return tableOf(writer, caption, columns, grouped);
}
