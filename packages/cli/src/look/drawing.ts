import type { Recording } from '@certispike/datasets';

/** A map of numbers from 0 up, drawn as brightness. */
export interface Plane {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** `[height * width]` */
  readonly values: Float64Array;
}

/** Numbers over time, drawn as a line. */
export interface Course {
  readonly title: string;
  readonly values: Float64Array;
}

/** What is drawn of a recording or a data set, on a terminal or in a file. */
export interface Drawing {
  readonly title: string;
  readonly planes: readonly Plane[];
  readonly courses: readonly Course[];
  /** What stands below the courses: the time from their left to their right. */
  readonly span: string;
}

/** Bins of time of a course. */
const BINS = 64;
/** Rows of a plane that shows the units of a sensor of one row over time. */
const ROWS = 70;

/** Where the events of a recording are, of each polarity, and when. */
export function drawingOf(title: string, recording: Recording): Drawing {
  const { t, polarities } = recording;
  const [first, last] = [t[0] ?? 0, t[t.length - 1] ?? 0];
  const binOf = (time: number) => Math.min(BINS - 1, Math.floor((BINS * (time - first)) / (last - first + 1)));
  const courses = polarityNames(polarities).map((name) => ({ title: name, values: new Float64Array(BINS) }));
  for (const [index, time] of t.entries()) courses[recording.p[index] ?? 0]!.values[binOf(time)]! += 1;
  const planes = recording.height === 1 ? [raster(recording, binOf)] : maps(recording);
  return { title, planes, courses, span: `${((last - first) / 1000).toFixed(1)} ms` };
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
  return planes;
}

/** The units of a sensor of one row from the bottom up, over time. */
function raster({ width, t, x }: Recording, binOf: (time: number) => number): Plane {
  const rows = Math.min(width, ROWS);
  const values = new Float64Array(rows * BINS);
  for (const [index, unit] of x.entries()) {
    const row = rows - 1 - Math.floor((unit * rows) / width);
    values[row * BINS + binOf(t[index] ?? 0)]! += 1;
  }
  return { title: `${width} units over time`, width: BINS, height: rows, values };
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
  return { title: plane.title, width, height, values };
}

/** The value that is drawn brightest: a few pixels far above the others, as broken ones are, do not darken them. */
export function brightest({ values }: Plane): number {
  const positive = values.filter((value) => value > 0).sort();
  return positive[Math.floor(0.98 * (positive.length - 1))] ?? 1;
}
