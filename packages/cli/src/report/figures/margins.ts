import { attackedResult, mainResult, type Member } from '../groups.js';
import { percentage } from '../numbers.js';
import { looks, type Outcome, outcomes, outcomesShown } from '../palette.js';
import { errorsOf, type Result } from '../read.js';
import type { Plot } from './plot.js';

const bins = 48;
/** Points of a cumulative curve. */
const resolution = 240;

/** What became of every example. */
export function outcomesOf(result: Result): Outcome[] {
  const { wrong, broken, unproved } = errorsOf(result);
  return wrong.map((isWrong, index) => {
    if (isWrong) return 'wrong';
    if (broken?.[index] === true) return 'fooled';
    return unproved[index] === true ? 'open' : 'certified';
  });
}

/** The lower bounds of the margins of a network: how many of each, and what became of the images. */
export function histogram(id: string, { unit, label }: Member): Plot {
  const result = attackedResult(unit);
  const all = outcomesOf(result);
  const known = result.examples.margin.flatMap((margin, index) =>
    margin === null ? [] : [{ margin, order: outcomes.findIndex(({ name }) => name === all[index]) }],
  );
  const [least, most] = span(known.map(({ margin }) => margin));
  const width = (most - least) / bins;
  // Zero parts two bars, as it parts what is proved from what is not.
  const low = Math.floor(least / width) * width;
  const high = low + (bins + 1) * width;
  const first = Math.round(low / width);
  // A margin of zero proves nothing: it belongs to the left.
  const binOf = (margin: number) => Math.ceil(margin / width) - 1 - first;
  const counts = new Map<number, number>();
  for (const { margin, order } of known) {
    const bin = Math.max(0, Math.min(bins, binOf(margin)));
    const key = bin * outcomes.length + order;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].map(([key, count]) => {
    const order = key % outcomes.length;
    const start = (first + Math.floor(key / outcomes.length)) * width;
    return { start, end: start + width, order, outcome: outcomes[order]?.name, count };
  });
  const share = (name: Outcome) => all.filter((outcome) => outcome === name).length / all.length;
  const words = outcomesShown(result.record.attack !== null)
    .map(({ name, label: own }) => `${own} ${percentage(share(name), all.length)} %`)
    .join(', ');
  return {
    id,
    title: `Lower bounds of the margins: ${label}`,
    description: `Histogram of the least margin that is proved, over ${all.length} images, by outcome: ${words}.`,
    spec: {
      height: 210,
      layer: [
        {
          data: { values: rows },
          mark: { type: 'bar', binSpacing: 0.5 },
          encoding: {
            x: { field: 'start', type: 'quantitative', bin: { binned: true }, ...marginAxis(low, high) },
            x2: { field: 'end' },
            y: {
              field: 'count',
              type: 'quantitative',
              title: 'images',
              axis: { tickCount: 4, tickMinStep: 1, format: ',d' },
            },
            color: {
              field: 'outcome',
              type: 'nominal',
              scale: { domain: outcomes.map(({ name }) => name), range: outcomes.map(({ colour }) => colour) },
              legend: null,
            },
            order: { field: 'order' },
          },
        },
        zeroRule,
      ],
    },
  };
}

/** The share of images with a margin at most so large, by bound: where a curve crosses zero is its error. */
export function cumulative(id: string, { unit, label }: Member): Plot {
  const { examples, record } = mainResult(unit);
  // The best one first: where it is one of the others, their dashes are seen on it.
  const all = [
    { quantity: 'best', margins: examples.margin },
    { quantity: 's_ibp', margins: examples.margin_s_ibp },
    { quantity: 's_crown', margins: examples.margin_s_crown },
  ] as const;
  const curves = all.flatMap(({ quantity, margins }) => (margins === null ? [] : [{ quantity, margins }]));
  const [low, high] = span(curves.flatMap(({ margins }) => margins.filter((margin) => margin !== null)));
  const rows = curves.flatMap(({ quantity, margins }) => {
    // What is unknown is not proved: it counts from the left.
    const sorted = Float64Array.from(margins, (margin) => margin ?? -Infinity).sort();
    return Array.from({ length: resolution + 1 }, (_, index) => {
      const x = low + ((high - low) * index) / resolution;
      return { quantity, x, share: atMost(sorted, x) / sorted.length };
    });
  });
  const names = curves.map(({ quantity }) => quantity);
  const style = (look: 'colour' | 'dash') => ({
    field: 'quantity',
    type: 'nominal',
    legend: null,
    scale: { domain: names, range: names.map((name) => looks[name][look]) },
  });
  const atZero = curves.map(({ quantity, margins }) => {
    const open = margins.filter((margin) => margin === null || margin <= 0).length;
    return `${looks[quantity].label} ${percentage(open / margins.length, record.examples)} %`;
  });
  return {
    id,
    title: `Margins, cumulated: ${label}`,
    description: `Share of the images whose margin is proved to be at most so large; at zero: ${atZero.join(', ')}.`,
    spec: {
      height: 210,
      layer: [
        {
          data: { values: rows },
          mark: { type: 'line', clip: true },
          encoding: {
            x: { field: 'x', type: 'quantitative', ...marginAxis(low, high) },
            y: {
              field: 'share',
              type: 'quantitative',
              title: 'images',
              scale: { domain: [0, 1] },
              axis: { format: '~%', tickCount: 5 },
            },
            color: style('colour'),
            strokeDash: style('dash'),
          },
        },
        zeroRule,
      ],
    },
  };
}

const zeroRule = {
  data: { values: [{}] },
  mark: { type: 'rule', strokeWidth: 1, stroke: 'var(--ink)' },
  encoding: { x: { datum: 0, type: 'quantitative' } },
} as const;

function marginAxis(low: number, high: number) {
  return {
    title: 'lower bound of the margin',
    scale: { domain: [low, high], nice: false, zero: false },
    axis: { tickCount: 5, format: '~r', grid: false },
  };
}

/** All but the far ends, zero within. */
function span(values: readonly number[]): [low: number, high: number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [Math.min(0, at(0.002)), Math.max(0, at(0.998))];
  const room = high > low ? 0.02 * (high - low) : 1;
  return [low - room, high + room];
}

/** How many of the sorted values are at most `limit`. */
function atMost(sorted: Float64Array, limit: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? Infinity) <= limit) from = middle + 1;
    else to = middle;
  }
  return from;
}
