import type { EventFormat, Recording } from '@certispike/datasets';
import { fileOptions, type Reading } from '../config/reading.js';
import { blocks } from './blocks.js';
import { type Drawing, drawingOf } from './drawing.js';

/** What `info` says of a recording of events; the form of its `--json` output. */
export interface RecordingRecord {
  readonly file: string;
  readonly kind: 'recording';
  readonly format: EventFormat;
  readonly sensor: { readonly width: number; readonly height: number; readonly polarities: number };
  readonly events: number;
  /** Events that made it darker; null for a sensor without polarity. */
  readonly off: number | null;
  readonly on: number | null;
  /** Microseconds of the first and the last event. */
  readonly first: number | null;
  readonly last: number | null;
  /** Events per second between them. */
  readonly rate: number | null;
}

/** Something that was looked at: what it is in numbers, and a drawing. */
export interface Looked<Record> {
  readonly record: Record;
  readonly drawing: Drawing;
}

/**
 * Looks at a file of one recording, or at one of the recordings of a file of several.
 * @throws DatasetError when it is none that can be read
 */
export async function lookAtRecording(
  file: string,
  bytes: Uint8Array,
  { index, reading }: { readonly index: number | undefined; readonly reading: Reading | undefined },
): Promise<Looked<RecordingRecord>> {
  const { formatOf, readRecording } = await import('@certispike/datasets');
  // Always known of a whole file; otherwise it would have thrown.
  const format = formatOf(bytes, file, true) as EventFormat;
  const recording = await readRecording(bytes, { empty: 'allow', ...fileOptions(reading), name: file, index });
  return { record: recordOf(file, format, recording), drawing: drawingOf(file, formats[format], recording) };
}

function recordOf(file: string, format: EventFormat, recording: Recording): RecordingRecord {
  const { width, height, polarities, t, p } = recording;
  const on = p.reduce((sum, polarity) => sum + polarity, 0);
  const [first, last] = [t[0] ?? null, t[t.length - 1] ?? null];
  const seconds = first === null || last === null ? 0 : (last - first) / 1e6;
  return {
    file,
    kind: 'recording',
    format,
    sensor: { width, height, polarities },
    events: t.length,
    off: polarities === 1 ? null : t.length - on,
    on: polarities === 1 ? null : on,
    first,
    last,
    rate: seconds > 0 ? t.length / seconds : null,
  };
}

const formats: Readonly<Record<EventFormat, string>> = {
  nmnist: 'N-MNIST',
  dat: 'Prophesee .dat',
  evt2: 'Prophesee EVT 2.0',
  evt3: 'Prophesee EVT 3.0',
  aedat2: 'AEDAT 2.0',
  aedat3: 'AEDAT 3.1',
  aedat4: 'AEDAT 4.0',
  shd: 'SHD or SSC (HDF5)',
};

const counted = (count: number | null) => (count ?? 0).toLocaleString('en');

/** A recording for people: its numbers, then what it looks like. */
export function describeRecording({ record, drawing }: Looked<RecordingRecord>, columns: number): string {
  const { file, format, sensor, events, on, off, first, last, rate } = record;
  const polarity = on === null ? 'no polarity' : `${counted(on)} ON, ${counted(off)} OFF`;
  const lines = [
    `${file}: a recording of events, ${formats[format]}`,
    `sensor: ${sensor.width} x ${sensor.height}`,
    `events: ${counted(events)} (${polarity})`,
  ];
  if (first !== null && last !== null) {
    const perSecond = rate === null ? '' : `, ${counted(Math.round(rate))} events per second`;
    lines.push(`time: ${(first / 1000).toFixed(3)} to ${(last / 1000).toFixed(3)} ms${perSecond}`);
  }
  return [...lines, '', blocks(drawing, columns)].join('\n');
}
