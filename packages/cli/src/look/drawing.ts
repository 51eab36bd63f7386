import { basename } from 'node:path';
import type { Recording } from '@certispike/datasets';

/** A map of numbers from 0 up, drawn as brightness. */
export interface Plane {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** `[height * width]` */
  readonly values: Float64Array;
  /** Whether its columns are times. */
  readonly overTime?: boolean;
}

/** Numbers over time, drawn as a line. */
export interface Course {
  readonly title: string;
  readonly values: Float64Array;
}

/** What is drawn of a recording or a data set, on a terminal or in a file. */
export interface Drawing {
  readonly title: string;
  /** What it is, in a line. */
  readonly subtitle: string;
  readonly planes: readonly Plane[];
  /** What a value of the planes is, such as `events per pixel`; empty for images, whose values say nothing more. */
  readonly unit: string;
  /** All of them from 0 to the end of {@link time}, on one scale. */
  readonly courses: readonly Course[];
  readonly time: Time;
}

/** The time of courses from their left to their right. */
export interface Time {
  /** In its unit. */
  readonly length: number;
  readonly unit: string;
  /** What a value of the courses is, such as `events per 5 ms`. */
  readonly counted: string;
}

/** Bins of time of a course. */
const BINS = 64;
/** Rows of a plane that shows the units of a sensor of one row over time. */
const ROWS = 70;

/**
 * Where the events of a recording are, of each polarity, and when.
 * @param format what its file is.
 */
export function drawingOf(file: string, format: string, recording: Recording): Drawing {
  const { t, polarities, width, height } = recording;
  const [first, last] = [t[0] ?? 0, t[t.length - 1] ?? 0];
  const binOf = (time: number) => Math.min(BINS - 1, Math.floor((BINS * (time - first)) / (last - first + 1)));
  const courses = polarityNames(polarities).map((name) => ({ title: name, values: new Float64Array(BINS) }));
  for (const [index, time] of t.entries()) courses[recording.p[index] ?? 0]!.values[binOf(time)]! += 1;
  const length = Number(((last - first) / 1000).toFixed(1));
  const bin = `${Number((length / BINS).toPrecision(2))} ms`;
  const isRow = height === 1;
  const units = Math.ceil(width / Math.min(width, ROWS));
  const sensor = isRow ? `${width} units` : `${width} x ${height} pixels`;
  return {
    title: basename(file),
    subtitle: `${format}, ${sensor}, ${t.length.toLocaleString('en')} events in ${length} ms`,
    planes: isRow ? [raster(recording, binOf)] : maps(recording),
    unit: isRow ? `events per ${units} units and ${bin}` : 'events per pixel',
    courses,
    time: { length, unit: 'ms since the first event', counted: length > 0 ? `events per ${bin}` : 'events' },
  };
}

/** Names of the planes of polarity of a recording. */
export function polarityNames(polarities: number): readonly string[] {
  return polarities === 1 ? ['events'] : ['OFF', 'ON'];
}

function maps({ width, height, polarities, x, y, p }: Recording): Plane[] {
  const planes = polarityNames(polarities).map((title) => ({
    title,
    width,
    height,
    values: new Float64Array(width * height),
  }));
  for (const [index, row] of y.entries()) planes[p[index] ?? 0]!.values[row * width + (x[index] ?? 0)]! += 1;
  return planes.map((plane) => {
    const events = plane.values.reduce((sum, value) => sum + value, 0);
    return { ...plane, title: `${plane.title}: ${events.toLocaleString('en')} events` };
  });
}

/** The units of a sensor of one row from the bottom up, over time. */
function raster({ width, t, x }: Recording, binOf: (time: number) => number): Plane {
  const rows = Math.min(width, ROWS);
  const values = new Float64Array(rows * BINS);
  for (const [index, unit] of x.entries()) {
    const row = rows - 1 - Math.floor((unit * rows) / width);
    values[row * BINS + binOf(t[index] ?? 0)]! += 1;
  }
  return {
    title: `${width} units over time, the first at the bottom`,
    width: BINS,
    height: rows,
    values,
    overTime: true,
  };
}

/** The plane with at most so many columns and rows: sums of its parts, which are as wide as high. */
export function shrunk(plane: Plane, columns: number, rows: number): Plane {
  const factor = Math.max(1, Math.ceil(plane.width / columns), Math.ceil(plane.height / rows));
  if (factor === 1) return plane;
  const [width, height] = [Math.ceil(plane.width / factor), Math.ceil(plane.height / factor)];
  const values = new Float64Array(width * height);
  plane.values.forEach((value, index) => {
    const [x, y] = [index % plane.width, Math.floor(index / plane.width)];
    values[Math.floor(y / factor) * width + Math.floor(x / factor)]! += value;
  });
  return { ...plane, width, height, values };
}

/**
 * The value that is drawn brightest in planes that stand side by side: a few pixels far above the others, as broken ones are,
 * do not darken them.
 */
export function brightest(planes: readonly Plane[]): number {
  const positive = planes.map(({ values }) => values.filter((value) => value > 0));
  const sorted = Float64Array.from(positive.flatMap((values) => [...values])).sort();
  return sorted[Math.ceil(0.98 * (sorted.length - 1))] ?? 1;
}

/** The largest value of planes. */
export function largestOf(planes: readonly Plane[]): number {
  return planes.reduce((most, { values }) => values.reduce((a, b) => Math.max(a, b), most), 0);
}
