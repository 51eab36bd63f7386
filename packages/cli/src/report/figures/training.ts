import type { EpochRecord } from '../../reproduce/record.js';
import { figure } from '../numbers.js';
import type { Plot } from './plot.js';

/** A line of a plot over epochs. */
interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly value: (epoch: EpochRecord) => number | null | undefined;
}

const solid = [1, 0];
const dashed = [5, 3];
const line = (name: string, colour: string, dash: readonly number[], value: Line['value']): Line => ({
  name,
  colour: `var(--${colour})`,
  dash,
  value,
});

const losses: readonly Line[] = [
  line('loss', 'ink', solid, ({ loss }) => loss),
  // Of a natural training the part is the whole, and one line would hide the other.
  line('natural part', 'clean', solid, ({ loss, natural_loss }) => (natural_loss === loss ? null : natural_loss)),
  line('certified part', 'best', solid, ({ certified_loss }) => certified_loss),
];
const schedules: readonly Line[] = [
  line('ε, the size of the region', 'ink', solid, ({ epsilon }) => epsilon),
  line('κ, the share of the natural loss', 'ink', solid, ({ kappa }) => kappa),
  line('learning rate', 'ink', solid, ({ learning_rate }) => learning_rate),
];
const errors: readonly Line[] = [
  line('clean, training', 'clean', dashed, ({ clean_error }) => clean_error),
  line('clean, validation', 'clean', solid, ({ validation }) => validation?.clean_error),
  line('certified, training', 'best', dashed, ({ certified_error }) => certified_error),
  line('certified, validation', 'best', solid, ({ validation }) => validation?.certified_error),
];

/** The curves of a training: loss, schedules, errors. */
export function trainingPlots(id: string, label: string, epochs: readonly EpochRecord[]): Plot[] {
  const parts = [
    { part: 'loss', title: 'Loss', all: losses, draw: (lines: readonly Line[]) => chart(lines, epochs, false) },
    { part: 'schedules', title: 'Schedules', all: schedules, draw: (lines: readonly Line[]) => stacked(lines, epochs) },
    { part: 'errors', title: 'Errors', all: errors, draw: (lines: readonly Line[]) => chart(lines, epochs, true) },
  ];
  return parts.flatMap(({ part, title, all, draw }) => {
    const lines = all.filter((own) => rowsOf(own, epochs).length > 0);
    if (lines.length === 0) return [];
    const words = lines.map((own) => course(own, epochs)).join('; ');
    return {
      id: `${id}-${part}`,
      title: `${title} while training: ${label}`,
      description: `Over ${epochs.length} epochs: ${words}.`,
      spec: draw(lines),
      ...(part !== 'schedules' &&
        lines.length > 1 && {
          legend: lines.map(({ name, colour, dash: own }) => ({ label: name, colour, dash: own })),
        }),
    };
  });
}

function chart(lines: readonly Line[], epochs: readonly EpochRecord[], isShare: boolean): Plot['spec'] {
  const each = lines.map((own) => rowsOf(own, epochs));
  const rows = each.flat();
  // A line of one or two validations is hardly seen, or not at all.
  const points = each.filter((own) => own.length < few).flat();
  const values = rows.map(({ value }) => value);
  // Losses of a natural training fall by orders of magnitude.
  const isLog = !isShare && Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values);
  const style = (range: readonly unknown[]) => ({
    field: 'name',
    type: 'nominal',
    scale: { domain: lines.map(({ name }) => name), range },
    legend: null,
  });
  return {
    height: 246,
    encoding: {
      x: epochAxis(epochs, true),
      y: {
        field: 'value',
        type: 'quantitative',
        title: null,
        axis: { format: isShare ? '~%' : '~r', tickCount: 5 },
        scale: isLog ? { type: 'log' } : { zero: true, nice: true },
      },
      color: style(lines.map(({ colour }) => colour)),
      strokeDash: style(lines.map(({ dash }) => dash)),
    },
    layer: [
      { data: { values: rows }, mark: 'line' },
      ...(points.length > 0 ? [{ data: { values: points }, mark: { type: 'point', ...point } }] : []),
    ],
  };
}

/** One small plot per schedule, one below the other: their units differ. */
function stacked(lines: readonly Line[], epochs: readonly EpochRecord[]): Plot['spec'] {
  return {
    spacing: 8,
    vconcat: lines.map((own, index) => ({
      width: 292,
      height: [178, 77, 41][lines.length - 1] ?? 30,
      title: {
        text: own.name,
        anchor: 'start',
        fontSize: 11.5,
        fontWeight: 'normal',
        color: 'var(--soft)',
        offset: 3,
        frame: 'group',
      },
      data: { values: rowsOf(own, epochs) },
      encoding: {
        x: epochAxis(epochs, index === lines.length - 1),
        y: {
          field: 'value',
          type: 'quantitative',
          title: null,
          axis: { ...ends(own, epochs), minExtent: 40, maxExtent: 40 },
          scale: { zero: true, nice: false },
        },
      },
      mark: { type: 'line', color: own.colour, point: epochs.length < few && { ...point, color: own.colour } },
    })),
  };
}

/** Zero and the largest value on the axis; small numbers, such as learning rates, are shorter with an exponent. */
function ends(own: Line, epochs: readonly EpochRecord[]) {
  const most = Math.max(...rowsOf(own, epochs).map(({ value }) => value));
  const format = most < 0.005 ? '~e' : '~g';
  const values = most > 0 ? [0, Number(most.toPrecision(3))] : [0];
  return { values, labelExpr: `datum.value === 0 ? '0' : format(datum.value, '${format}')` };
}

/** Below so many points a line shows them. */
const few = 4;
const point = { size: 26, filled: true, opacity: 1 };

function epochAxis(epochs: readonly EpochRecord[], isLabelled: boolean) {
  const [first = 1, last = 1] = [epochs[0]?.epoch, epochs.at(-1)?.epoch];
  return {
    field: 'epoch',
    type: 'quantitative',
    title: isLabelled ? 'epoch' : null,
    axis: { tickMinStep: 1, tickCount: Math.min(8, epochs.length), format: 'd', labels: isLabelled, grid: false },
    scale: { domain: first === last ? [first - 1, last + 1] : [first, last], nice: false },
  };
}

function rowsOf({ name, value }: Line, epochs: readonly EpochRecord[]) {
  return epochs.flatMap((epoch) => {
    const own = value(epoch);
    return typeof own === 'number' && Number.isFinite(own) ? [{ name, epoch: epoch.epoch, value: own }] : [];
  });
}

function course(own: Line, epochs: readonly EpochRecord[]): string {
  const rows = rowsOf(own, epochs);
  return `${own.name} from ${figure(rows[0]?.value)} to ${figure(rows.at(-1)?.value)}`;
}
