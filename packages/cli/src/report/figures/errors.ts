import { attackedResult, type Group, mainResult, type Member } from '../groups.js';
import { percentage, regionText } from '../numbers.js';
import { looks, type Quantity, quantities } from '../palette.js';
import type { Result } from '../read.js';
import { ratesOf } from '../table.js';
import type { Plot } from './plot.js';

/** One error of one network. */
interface Point {
  readonly quantity: Quantity;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const percentAxis = { format: '~%', tickCount: 5 };

/** Colour, mark and dash of the five errors, the same in every plot. */
const styled = (look: 'colour' | 'shape' | 'dash') => ({
  field: 'quantity',
  type: 'nominal',
  scale: { domain: quantities, range: quantities.map((quantity) => looks[quantity][look]) },
  legend: null,
});

/** Height of one of the five lanes of a network, and of its name above them, in pixels. */
const lane = 11;
const nameHeight = 22;

/** The five errors of every network of a group with their intervals. */
export function overview(id: string, group: Group): Plot {
  const block = nameHeight + quantities.length * lane + 8;
  const rows = group.members.flatMap(({ unit }, number) =>
    pointsOf(mainResult(unit), attackedResult(unit).record).map((point) => ({
      ...point,
      y: number * block + nameHeight + (quantities.indexOf(point.quantity) + 0.5) * lane,
    })),
  );
  const names = group.members.map(({ unit, label }, number) => {
    const { region, steps } = mainResult(unit).record;
    return { name: label, terms: `${regionText(region)}, T = ${steps}`, y: number * block + nameHeight / 2 };
  });
  const height = group.members.length * block;
  const y = { field: 'y', type: 'quantitative', scale: { domain: [height, 0], nice: false }, axis: null };
  const x = { type: 'quantitative', scale: { domain: [0, 1] }, title: 'error', axis: { ...percentAxis, grid: true } };
  return {
    id,
    title: `Errors of the networks: ${group.title}`,
    description: group.members
      .map(({ unit, label }) => `${label}: ${inWords(mainResult(unit), attackedResult(unit).record)}`)
      .join('. '),
    spec: {
      height: height + 40,
      layer: [
        {
          data: { values: rows },
          mark: { type: 'rule', strokeWidth: 1.75 },
          encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, y, color: styled('colour') },
        },
        {
          data: { values: rows },
          mark: { type: 'point', filled: true, size: 42, opacity: 1 },
          encoding: { x: { field: 'value', ...x }, y, color: styled('colour'), shape: styled('shape') },
        },
        {
          data: { values: names },
          mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 12, fontWeight: 600 },
          encoding: { x: { datum: 0 }, y, text: { field: 'name' } },
        },
        {
          data: { values: names },
          mark: { type: 'text', align: 'right', baseline: 'middle', fill: 'var(--soft)' },
          encoding: { x: { datum: 1 }, y, text: { field: 'terms' } },
        },
      ],
    },
  };
}

/** Results of a network that differ in one thing only. */
export interface Sweep {
  readonly member: Member;
  /** What they differ in: stands below the horizontal axis. */
  readonly axis: string;
  readonly points: readonly { readonly x: number; readonly result: Result }[];
}

/** The results that differ in the size of the region only; undefined where there are none. */
export function sizesOf(member: Member): Sweep | undefined {
  const main = mainResult(member.unit).record;
  const { kind } = main.region_full;
  const points = member.unit.results
    .filter(({ record }) => record.region_full.kind === kind && record.steps === main.steps)
    .filter(({ record }) => record.seed === main.seed && isSwept(record))
    .map((result) => ({ x: result.record.size, result }));
  return sweep(member, kind === 'linf' ? 'ε, the largest change of a pixel' : 'spikes that may be otherwise', points);
}

/** The results that differ in the number of time steps only; undefined where there are none. */
export function stepsOf(member: Member): Sweep | undefined {
  const main = mainResult(member.unit).record;
  const points = member.unit.results
    .filter(({ record }) => record.region === main.region && record.seed === main.seed && isSwept(record))
    .map((result) => ({ x: result.record.steps, result }));
  return sweep(member, 'T, time steps', points);
}

/** Other draws and attacks on fewer images are no points of a curve. */
const isSwept = ({ purpose }: Result['record']) => ['table', 'epsilon', 'steps'].includes(purpose);

function sweep(member: Member, axis: string, all: Sweep['points']): Sweep | undefined {
  const points = all
    .filter(({ x }, index) => all.findIndex((other) => other.x === x) === index)
    .sort((a, b) => a.x - b.x);
  return points.length < 2 ? undefined : { member, axis, points };
}

/** The errors of a network over a sweep. */
export function sweepPlot(id: string, { member, axis, points }: Sweep): Plot {
  // The best one first: where it is one of the others, their dashes are seen on it.
  const rows = points.flatMap(({ x, result }) => pointsOf(result).map((point) => ({ ...point, x }))).reverse();
  const x = {
    field: 'x',
    type: 'quantitative',
    title: axis,
    axis: { values: points.map((point) => point.x), format: '~r', grid: false },
    scale: { zero: false, nice: false, padding: 10 },
  };
  const y = { type: 'quantitative', title: null, scale: { domain: [0, 1] }, axis: percentAxis };
  const words = points.map(({ x: value, result }) => `at ${value}: ${inWords(result)}`).join('; ');
  return {
    id,
    title: `Errors of the network (${member.label}) over ${axis}`,
    description: `${words}.`,
    spec: {
      height: 230,
      data: { values: rows },
      encoding: { x, color: styled('colour') },
      layer: [
        { mark: { type: 'line' }, encoding: { y: { field: 'value', ...y }, strokeDash: styled('dash') } },
        { mark: { type: 'rule', strokeWidth: 1.25 }, encoding: { y: { field: 'low', ...y }, y2: { field: 'high' } } },
        {
          mark: { type: 'point', filled: true, size: 46, opacity: 1 },
          encoding: { y: { field: 'value', ...y }, shape: styled('shape') },
        },
      ],
    },
  };
}

function pointsOf({ record }: Result, attacked = record): Point[] {
  const rates = ratesOf(record, attacked);
  return quantities.flatMap((quantity) => {
    const rate = rates[quantity];
    if (rate === null) return [];
    const [low, high] = rate.interval;
    return { quantity, value: rate.value, low, high };
  });
}

function inWords(result: Result, attacked = result.record): string {
  const { examples } = result.record;
  return pointsOf(result, attacked)
    .map(({ quantity, value }) => `${looks[quantity].label} ${percentage(value, examples)} %`)
    .join(', ');
}
