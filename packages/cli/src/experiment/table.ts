import type { CertificationRecord } from '../certification.js';
import { type Column, columns, percent } from '../columns.js';
import type { NetworkRecord, ExperimentRecord } from './record.js';

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

const cost: readonly Column<NetworkRecord>[] = [
  { title: 'outward rounding costs', cell: ({ label, readout }) => `${label}, ${readout}` },
  { title: 'time', align: 'right', cell: ({ outward, nearest }) => change(nearest.seconds, outward.seconds) },
  {
    title: 'certified error',
    align: 'right',
    cell: ({ outward, nearest }) => points(nearest.certified_error.best, outward.certified_error.best),
  },
];

/** The result of the experiment as text: the table, what outward rounding costs, where the files are. */
export function resultText(record: ExperimentRecord, folder: string): string {
  const { networks, published } = record;
  const examples = networks[0]?.outward.examples ?? 0;
  const lines = [
    ...networks.map(({ label, readout, outward }) => line(label, readout, outward)),
    ...published.map(({ label, readout, accuracy, sIbpError }) => ({
      label,
      readout,
      accuracy,
      sIbp: sIbpError,
      sCrown: null,
      best: null,
    })),
  ];
  return [
    `${record.title}; ${examples} test images, strict, rounded outward`,
    ...(record.quick ? ['QUICK FORM: trained and certified on a few images; the numbers mean nothing'] : []),
    '',
    columns(layout, lines),
    '',
    columns(cost, networks),
    '',
    `models and results: ${folder}`,
  ].join('\n');
}

function line(label: string, readout: string, { clean_error, certified_error }: CertificationRecord): Line {
  const { s_ibp, s_crown, best } = certified_error;
  return { label, readout, accuracy: 1 - clean_error, sIbp: s_ibp, sCrown: s_crown, best };
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
