import { type Sweep, sizesOf, stepsOf, sweepPlot } from '../figures/errors.js';
import { type Group, mainResult } from '../groups.js';
import { count, percentage, regionText } from '../numbers.js';
import { looks, quantities } from '../palette.js';
import { figureOf, lineLegend, type Section, type TableColumn, tableOf, type Writer } from '../page/blocks.js';
import { markup, type Markup, type Part } from '../page/markup.js';
import { ratesOf, type Row } from '../table.js';

/** Errors over the size of the region and over time steps; undefined where every network has one of each. */
export async function sweeps(writer: Writer, groups: readonly Group[]): Promise<Section | undefined> {
  const bySize = await sweepFigures(writer, groups, sizesOf, 'size');
  const bySteps = await sweepFigures(writer, groups, stepsOf, 'steps');
  if (bySize.length + bySteps.length === 0) return undefined;
  const isOfPixels = groups.every(({ members }) =>
    members.every(({ unit }) => mainResult(unit).record.region_full.kind === 'linf'),
  );
  return {
    id: writer.id('sweeps'),
    title: isOfPixels ? 'Errors against ε' : 'Errors against the size of the region',
    body: [
      ...bySize,
      bySteps.length > 0 &&
        markup`<h3>Errors against time steps</h3>
          ${bySteps}`,
      numbers(writer, groups),
    ],
  };
}

async function sweepFigures(
  writer: Writer,
  groups: readonly Group[],
  sweepOf: (member: Group['members'][number]) => Sweep | undefined,
  name: string,
): Promise<Markup[]> {
  const figures: Markup[] = [];
  for (const group of groups) {
    const found = group.members.flatMap((member) => sweepOf(member) ?? []);
    const [first] = found;
    if (first === undefined) continue;
    const plots = found.map((sweep) => ({
      plot: sweepPlot(writer.id(`${name} ${sweep.member.unit.key}`), sweep),
      heading: sweep.member.label,
    }));
    const caption = markup`${group.title}: errors against ${first.axis}. Vertical lines are 95 % Wilson intervals.`;
    const points = found.flatMap((sweep) => sweep.points.map(({ result }) => ratesOf(result.record)));
    const shown = quantities.filter((quantity) => points.some((rates) => rates[quantity] !== null));
    const legend = lineLegend(shown.map((quantity) => looks[quantity]));
    figures.push(await figureOf(writer, plots, { caption, legend }));
  }
  return figures;
}

/** A point of a sweep. */
interface Point {
  readonly label: string;
  readonly region: string;
  readonly steps: number;
  readonly examples: number;
  readonly rates: Row['rates'];
}

/** The numbers behind the curves, folded away. */
function numbers(writer: Writer, groups: readonly Group[]): Part {
  const rowsOf = (group: Group): Point[] =>
    group.members.flatMap((member) => {
      const results = [sizesOf(member), stepsOf(member)].flatMap((sweep) => sweep?.points ?? []);
      return [...new Set(results.map(({ result }) => result))].map(({ record }) => ({
        ...{ label: member.label, region: record.region, steps: record.steps, examples: record.examples },
        rates: ratesOf(record),
      }));
    });
  const columns: TableColumn<Point>[] = [
    { title: 'training', cell: ({ label }) => label },
    { title: 'region', cell: ({ region }) => regionText(region) },
    { title: 'T', isNumber: true, cell: ({ steps }) => steps },
    { title: 'images', isNumber: true, cell: ({ examples }) => count(examples) },
    ...quantities.map((quantity): TableColumn<Point> => ({
      title: quantity === 'best' ? 'certified' : looks[quantity].label,
      isNumber: true,
      cell: ({ rates, examples }) => {
        const rate = rates[quantity];
        return rate === null ? markup`<span aria-label="not measured">–</span>` : percentage(rate.value, examples);
      },
    })),
  ];
  const parts = groups
    .map((group) => ({ title: group.title, rows: rowsOf(group) }))
    .filter(({ rows }) => rows.length > 0);
  return markup`<details>
    <summary>The numbers behind these curves</summary>
    ${tableOf(writer, markup`Errors in per cent.`, columns, parts)}
  </details> `;
}
