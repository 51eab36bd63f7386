import { type Column, columns, percent } from '../columns.js';
import type { ResultRecord } from '../reproduce/record.js';
import type { ExperimentRecord, NetworkRecord } from './record.js';

/** One line of the result. */
interface Line {
  readonly label: string;
  readonly readout: string;
  readonly accuracy: number;
  readonly sIbp: number | null;
  readonly sCrown: number | null;
  readonly best: number | null;
}

const layout: readonly Column<Line>[] = [
  { title: 'network', cell: ({ label }) => label },
  { title: 'readout', cell: ({ readout }) => readout },
  { title: 'accuracy', align: 'right', cell: ({ accuracy }) => percent(accuracy) },
  { title: 'S-IBP error', align: 'right', cell: ({ sIbp }) => percent(sIbp) },
  { title: 'S-CROWN error', align: 'right', cell: ({ sCrown }) => percent(sCrown) },
  { title: 'best error', align: 'right', cell: ({ best }) => percent(best) },
];

/** A network and one of its results. */
type Row = readonly [network: NetworkRecord, result: ResultRecord];

const attacks: readonly Column<Row>[] = [
  { title: 'network', cell: ([network]) => labelOf(network) },
  { title: 'readout', cell: ([{ readout }]) => readout },
  { title: 'clean error', align: 'right', cell: ([, { clean_error }]) => percent(clean_error) },
  { title: 'attacked error', align: 'right', cell: ([, { attacked_error }]) => percent(attacked_error) },
  { title: 'certified error', align: 'right', cell: ([, { certified_error }]) => percent(certified_error) },
];

const cost: readonly Column<Row>[] = [
  { title: 'outward rounding costs', cell: ([network]) => `${labelOf(network)}, ${network.readout}` },
  { title: 'time', align: 'right', cell: ([{ nearest }, outward]) => change(nearest.seconds, outward.seconds) },
  {
    title: 'certified error',
    align: 'right',
    cell: ([{ nearest }, outward]) => points(nearest.certified_error.best, outward.certified_error),
  },
];

/** The result of the experiment as text: the table, what attacks find, what outward rounding costs, where the files are. */
export function resultText(record: ExperimentRecord, folder: string, report: string): string {
  const { networks, published } = record;
  const tables = rowsOf(networks, 'table');
  const attacked = rowsOf(networks, 'attack');
  const lines = [
    ...tables.map(([network, result]): Line => {
      const { clean_error, s_ibp_error, s_crown_error, certified_error } = result;
      const { readout } = network;
      const errors = { sIbp: s_ibp_error, sCrown: s_crown_error, best: certified_error };
      return { label: labelOf(network), readout, accuracy: 1 - clean_error, ...errors };
    }),
    ...published.map(({ label, readout, accuracy, sIbpError }): Line => {
      return { label, readout, accuracy, sIbp: sIbpError, sCrown: null, best: null };
    }),
  ];
  const examples = attacked[0]?.[1].examples ?? 0;
  return [
    `${record.title}; ${(tables[0]?.[1].examples ?? 0).toLocaleString('en')} test images, strict, rounded outward`,
    ...(record.quick ? ['QUICK FORM: trained and certified on a few images; the numbers mean nothing'] : []),
    '',
    columns(layout, lines),
    '',
    ...(attacked.length === 0
      ? []
      : [`the first ${examples} of them under attack, with the same draws`, columns(attacks, attacked), '']),
    columns(cost, tables),
    '',
    `report: ${report}`,
    `models and results: ${folder}`,
  ].join('\n');
}

function rowsOf(networks: readonly NetworkRecord[], purpose: ResultRecord['purpose']): readonly Row[] {
  return networks.flatMap((network) =>
    network.results.filter((result) => result.purpose === purpose).map((result): Row => [network, result]),
  );
}

/** How the network was trained, in a word. */
function labelOf({ method }: NetworkRecord): string {
  return method === 'natural' ? 'natural' : 'robust';
}

function change(before: number, after: number): string {
  const share = ((after - before) / before) * 100;
  return `${before.toFixed(1)} s -> ${after.toFixed(1)} s (${signed(share, 1)} %)`;
}

function points(before: number, after: number): string {
  return `${percent(before, 2)} -> ${percent(after, 2)} (${signed((after - before) * 100, 2)} points)`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(digits)}`;
}
