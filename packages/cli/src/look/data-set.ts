import { basename } from 'node:path';
import type { Source } from '@certispike/sdk';
import { type Column, columns as table } from '../columns.js';
import type { DataConfig, Framing } from '../config/data.js';
import { type DataSet, openDataSet, type OpenOptions } from '../data-set.js';
import { blocks } from './blocks.js';
import type { Drawing, Plane } from './drawing.js';
import type { Looked } from './recording.js';

/** What `info` says of a data set; the form of its `--json` output. */
export interface DataSetRecord {
  readonly data: string;
  readonly kind: 'data set';
  /** Channels, height, width. */
  readonly shape: readonly number[];
  /** Frames per example; null for images. */
  readonly steps: number | null;
  readonly classes: number;
  readonly recordings: NonNullable<DataSet['recordings']> | null;
  readonly about: NonNullable<DataSet['about']> | null;
  /** Examples of each class per part. */
  readonly parts: Readonly<Record<Part, { readonly examples: number; readonly per_class: readonly number[] }>>;
  /** Share of the positions that spike, per step, over the examples that were looked at; null for images. */
  readonly activity: readonly number[] | null;
}

type Part = 'train' | 'validation' | 'test';

/** Examples that are drawn, and whose spikes are counted. */
const DRAWN = 4;
const COUNTED = 200;

/** Looks at a data set by its name or folder. */
export async function lookAtDataSet(config: DataConfig, options: OpenOptions): Promise<Looked<DataSetRecord>> {
  const data = await openDataSet(config, options);
  const { train, validation, test } = data;
  const { shape, classes } = train;
  const steps = train.steps ?? null;
  const first = await examples(train.length > 0 ? train : test, steps === null ? DRAWN : COUNTED);
  const record: DataSetRecord = {
    data: config.data,
    kind: 'data set',
    shape,
    steps,
    classes,
    recordings: data.recordings ?? null,
    about: data.about ?? null,
    parts: { train: await part(train), validation: await part(validation), test: await part(test) },
    activity: steps === null ? null : activity(first, steps),
  };
  return { record, drawing: drawing(record, train, first) };
}

interface Labelled {
  readonly image: Float32Array;
  readonly label: number;
}

async function examples(source: Source, count: number): Promise<Labelled[]> {
  const found: Labelled[] = [];
  for await (const { images, labels } of source.batches({ size: Math.min(count, source.length) })) {
    const size = images.length / labels.length;
    labels.forEach((label, index) => found.push({ label, image: images.subarray(index * size, (index + 1) * size) }));
    break;
  }
  return found;
}

async function part(source: Source): Promise<{ examples: number; per_class: readonly number[] }> {
  const counts = 'classCounts' in source ? (source.classCounts as () => number[])() : [];
  return Promise.resolve({ examples: source.length, per_class: counts });
}

function activity(found: readonly Labelled[], steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => {
    let [spikes, positions] = [0, 0];
    for (const { image } of found) {
      const size = image.length / steps;
      for (let i = step * size; i < (step + 1) * size; i += 1) spikes += image[i] ?? 0;
      positions += size;
    }
    return spikes / positions;
  });
}

/** The first examples, summed over channels and steps. */
function drawing(
  { data, steps, classes, parts, activity: share }: DataSetRecord,
  source: Source,
  found: readonly Labelled[],
): Drawing {
  const [channels, height, width] = source.shape;
  const examples = Object.values(parts).reduce((sum, { examples: count }) => sum + count, 0);
  const counted = `${examples.toLocaleString('en')} ${steps === null ? 'images' : 'recordings'}, ${classes} classes`;
  const size = [...(steps === null ? [] : [steps]), channels, height, width].join(' x ');
  const planes = found.slice(0, DRAWN).map(({ image, label }): Plane => {
    const values = new Float64Array(width * height);
    image.forEach((value, index) => (values[index % values.length]! += value));
    return { title: `class ${label}`, width, height, values };
  });
  return {
    title: basename(data),
    subtitle: `${counted}, each ${size}`,
    planes,
    unit: steps === null ? '' : 'spikes per pixel',
    courses: share === null ? [] : [{ title: 'spikes', values: Float64Array.from(share, (part) => 100 * part) }],
    time: { length: steps ?? 0, unit: 'steps', counted: '% of the places with a spike' },
  };
}

/** A data set for people. */
export function describeDataSet({ record, drawing: drawn }: Looked<DataSetRecord>, width: number): string {
  const { data, shape, steps, classes, recordings, about, parts, activity: share } = record;
  const kind = steps === null ? 'images' : `recordings cut to ${steps} frames of spikes`;
  const layout: Column<Part>[] = [
    { title: 'part', cell: (name) => name },
    { title: 'examples', align: 'right', cell: (name) => String(parts[name].examples) },
    { title: 'per class', cell: (name) => parts[name].per_class.join(' ') },
  ];
  const lines = [
    `${data}: a data set of ${kind}, ${shape.join(' x ')}, ${classes} classes`,
    ...(about === null ? [] : [`${about.title}: ${about.authors}; ${about.licence}; ${about.url}`]),
    ...(recordings === null ? [] : [`frames: ${framingText(recordings.framing)}`]),
    ...(recordings !== null && recordings.skipped > 0 ? [`left out as unreadable: ${recordings.skipped}`] : []),
    table(layout, ['train', 'validation', 'test']),
    ...(share === null ? [] : [`spikes: ${mean(share)} % of the positions`]),
  ];
  return [...lines, '', blocks(drawn, width)].join('\n');
}

function mean(values: readonly number[]): string {
  return ((100 * values.reduce((sum, value) => sum + value, 0)) / values.length).toFixed(2);
}

/** How recordings are cut, in words. */
export function framingText({ bins, width, start = 0, frames }: Framing): string {
  const cut = bins === undefined ? `bins of ${(width ?? 0) / 1000} ms` : `${bins} bins of equal time`;
  return frames === undefined ? cut : `${cut}, of which ${start} to ${start + frames - 1}`;
}
