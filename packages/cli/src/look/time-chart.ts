import type { Drawing } from './drawing.js';
import { escaped } from './picture.js';

/** Colours of polarities: OFF, ON. */
export const COLOURS = ['#1f6feb', '#b3261e'];

/** Height in pixels, from the line of the largest value to the axis, and of what stands above and below. */
const [CHART, ABOVE, BELOW] = [72, 22, 32];

/** Height of the whole chart in pixels. */
export const CHART_HEIGHT = ABOVE + CHART + BELOW;

/** Numbers over time on one scale as steps, with what they count, the largest of them, and round marks of time. */
export function timeChart({ courses, time }: Drawing, left: number, top: number, width: number): string[] {
  if (courses.length === 0) return [];
  const base = top + ABOVE + CHART;
  const most = largest(courses.flatMap(({ values }) => [...values]));
  const at = (value: number) => (base - (CHART * value) / most).toFixed(1);
  const lines = courses.map(({ values }, index) => {
    const points = Array.from(values, (value, bin) => {
      const [from, to] = [bin, bin + 1].map((edge) => (left + (width * edge) / values.length).toFixed(1));
      return `${from},${at(value)} ${to},${at(value)}`;
    });
    return `<polyline fill="none" stroke="${COLOURS[index % 2]}" stroke-width="1.5" points="${points.join(' ')}"/>`;
  });
  const marks = ticks(time.length).map((mark) => {
    const x = (left + (width * mark) / (time.length || 1)).toFixed(1);
    return (
      `<line x1="${x}" x2="${x}" y1="${base}" y2="${base + 4}" stroke="#57606a"/>` +
      `<text x="${x}" y="${base + 16}" font-size="11" fill="#57606a" text-anchor="${mark === 0 ? 'start' : 'middle'}">${mark}</text>`
    );
  });
  const right = left + width;
  return [
    `<text x="${left}" y="${top + 12}" font-size="12">${escaped(`${time.counted}, at most ${short(most)}`)}</text>`,
    `<line x1="${left}" x2="${right}" y1="${base - CHART}" y2="${base - CHART}" stroke="#d0d7de"/>`,
    `<line x1="${left}" x2="${right}" y1="${base}" y2="${base}" stroke="#57606a"/>`,
    ...lines,
    ...marks,
    `<text x="${right}" y="${base + 30}" font-size="11" fill="#57606a" text-anchor="end">${escaped(time.unit)}</text>`,
  ];
}

const largest = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0) || 1;

/** A number with three digits. */
function short(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/** Round numbers from 0 up to a length, at most nine. */
function ticks(length: number): number[] {
  const rough = length / 8;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 1;
  const count = Math.floor(length / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
