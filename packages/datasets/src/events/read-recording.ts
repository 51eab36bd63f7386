import { choiceOption, DatasetError } from '../error.js';
import { concatenate } from '../parsers/gzip.js';
import { EventCollector } from './collector.js';
import { decodeWhole, type Decoder, endDecoding } from './decoder.js';
import { decoderOf, type EventFormat, type FormatOptions, formatOf } from './formats.js';
import { readRules } from './read-options.js';
import type { Events, Recording, Sensor } from './recording.js';
import { readShd } from './shd.js';

/** Options of `readRecording`. */
export interface RecordingOptions extends FormatOptions {
  /** The format, instead of finding out. */
  readonly format?: EventFormat | undefined;
}

/** Some events of a stream, later than those before. */
export interface EventBatch extends Events {
  readonly format: EventFormat;
  /** What is known of the sensor so far: from the options, the file or its format. */
  readonly sensor: Sensor | undefined;
  readonly polarities: 1 | 2;
}

/** Bytes in pieces of any length: a file's stream, the body of a `Response`, or any list of them. */
export type Chunks = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads a recording in any of the formats, which it finds out by the content.
 * @throws DatasetError `events-format` when it is none of them, and what the format's own reader throws
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readRecording } from '@certispike/datasets';
 *
 *
 * const recording = await readRecording(await readFile('60001.bin'), { name: '60001.bin' });
 * ```
 */
export async function readRecording(bytes: Uint8Array, options: RecordingOptions = {}): Promise<Recording> {
  const format = givenFormat(options) ?? formatOf(bytes, options.name, true)!;
  if (format === 'shd') return readShd(bytes, options);
  const collector = new EventCollector(readRules(options));
  return decodeWhole(bytes, await decoderOf(format, collector, options), collector);
}

/**
 * Like `readRecording`, for a file that comes in chunks, of which it keeps no more than the packet it is in the middle of
 * (HDF5: all of it).
 * @throws DatasetError as `readRecording`
 * @example
 * ```ts
 * import { createReadStream } from 'node:fs';
 * import { readRecordingStream } from '@certispike/datasets';
 *
 * const recording = await readRecordingStream(createReadStream('recording.dat'));
 * ```
 */
export async function readRecordingStream(chunks: Chunks, options: RecordingOptions = {}): Promise<Recording> {
  const collector = new EventCollector(readRules(options));
  for await (const step of decodeChunks(chunks, collector, options)) {
    if (step instanceof Uint8Array) return readShd(step, options);
  }
  return collector.recording();
}

/**
 * The events of a recording, batch by batch as the chunks of its file come in, for recordings that need not fit in memory.
 * There is no limit on their number unless `maxEvents` sets one.
 * @throws DatasetError as `readRecording`; `option-invalid` also for `unsorted: 'sort'`, which needs them all
 * @example
 * ```ts
 * import { createReadStream } from 'node:fs';
 * import { streamEvents } from '@certispike/datasets';
 *
 * let events = 0;
 * for await (const { t } of streamEvents(createReadStream('recording.dat'))) events += t.length;
 * ```
 */
export async function* streamEvents(
  chunks: Chunks,
  options: RecordingOptions = {},
): AsyncGenerator<EventBatch, void, undefined> {
  const rules = readRules(options);
  if (rules.unsorted === 'sort') {
    throw new DatasetError('option-invalid', {
      field: 'unsorted',
      expected: 'error or drop while streaming',
      received: 'sort',
      remedy: 'readRecordingStream can sort.',
    });
  }
  const collector = new EventCollector({ ...rules, maxEvents: options.maxEvents ?? Infinity });
  const batch = (format: EventFormat): EventBatch => {
    const { sensor, polarities } = collector;
    return { ...collector.take(), format, sensor, polarities };
  };
  for await (const step of decodeChunks(chunks, collector, options)) {
    if (step instanceof Uint8Array) {
      const { width, height, polarities, ...events } = await readShd(step, options);
      if (events.t.length > 0) yield { ...events, format: 'shd', sensor: { width, height }, polarities };
      return;
    }
    if (collector.length > 0) yield batch(step);
  }
  collector.checkSome();
}

/**
 * Decodes chunks into the collector; yields the format after each step. HDF5 is not read from front to back: at its end comes
 * all of it.
 */
async function* decodeChunks(
  chunks: Chunks,
  collector: EventCollector,
  options: RecordingOptions,
): AsyncGenerator<EventFormat | Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let offset = 0;
  let wanted = 1;
  let format = givenFormat(options);
  let decoder: Decoder | undefined;

  /** Puts the chunks together that no one took yet. */
  function pending(): Uint8Array {
    const bytes = parts.length === 1 ? parts[0]! : concatenate(parts, length);
    parts = [bytes];
    return bytes;
  }

  /** Decodes what there is; twice as much is needed where nothing came of it, so that no byte is looked at too often. */
  async function decode(isLast: boolean): Promise<void> {
    const bytes = pending();
    format ??= formatOf(bytes, options.name, isLast);
    wanted = 2 * length;
    if (format === undefined || format === 'shd') return;
    decoder ??= await decoderOf(format, collector, options);
    const taken = decoder.decode(bytes, offset, isLast);
    parts = taken === bytes.length ? [] : [bytes.subarray(taken)];
    length -= taken;
    offset += taken;
    wanted = Math.max(decoder.wants, length + 1, decoder.isPastHeader ? 0 : 2 * length);
  }

  for await (const chunk of piecesOf(chunks)) {
    // The sender may use its buffer again.
    parts.push(new Uint8Array(chunk));
    length += chunk.length;
    if (length < wanted || format === 'shd') continue;
    await decode(false);
    if (format !== undefined) yield format;
  }
  await decode(true);
  if (format === 'shd') yield pending();
  else {
    endDecoding(decoder!, collector, length, offset);
    yield format!;
  }
}

/** Not all browsers can loop over their streams. */
function piecesOf(chunks: Chunks): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return Symbol.asyncIterator in chunks || Symbol.iterator in chunks ? chunks : readAll(chunks);
}

async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // After an error of ours the sender may stop.
    await reader.cancel().catch(() => undefined);
  }
}

function givenFormat({ format }: RecordingOptions): EventFormat | undefined {
  if (format === undefined) return undefined;
  return choiceOption<EventFormat>('format', format, [
    'nmnist',
    'dat',
    'evt2',
    'evt3',
    'aedat2',
    'aedat3',
    'aedat4',
    'shd',
  ]);
}
