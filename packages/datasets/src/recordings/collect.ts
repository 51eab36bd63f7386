import { DatasetError, isDatasetError } from '../error.js';
import type { Recording } from '../events/recording.js';
import type { Examples } from '../parsers/examples.js';
import { type Framing, spikeFrames, type SpikeFrames, stepsOf } from './framing.js';
import type { RecordingItem, RecordingItems } from './item.js';

/** How to read the recordings of a data set. */
export interface ReadingOptions {
  /** How they become frames. Default: ten bins of equal time. */
  readonly framing?: Framing | undefined;
  /** Changes a recording before it is framed: denoises, crops, merges polarities. Always the same for the same one. */
  readonly transform?: ((recording: Recording) => Recording) | undefined;
  /** Leave bad recordings out instead of failing; `skipped` says which. Default false. */
  readonly skipBad?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of every recording that has been read. */
  readonly onReading?: ((progress: ReadingProgress) => void) | undefined;
}

/** How far the reading is. */
export interface ReadingProgress {
  readonly part: string;
  /** Recordings read, bad ones included. */
  readonly done: number;
  /** Recordings of the part, where that is known before. */
  readonly total: number | undefined;
}

/** What `collectSpikes` is about. */
export interface Part {
  /** For messages: `train` or `test`. */
  readonly name: string;
  /** Folder or file of the data set, for messages. */
  readonly place: string;
  readonly classes: number;
}

/** Examples and what could not be read. */
export interface Collected {
  readonly examples: Examples;
  readonly bad: readonly DatasetError[];
}

/** Files that are read at the same time. */
const WINDOW = 16;

/**
 * Reads all recordings of a part and frames them; what stays in memory is one bit per position. Bad recordings do not
 * stop it: they are all found.
 * @throws the signal's reason.
 */
export async function collectSpikes(
  items: RecordingItems,
  part: Part,
  options: ReadingOptions & { readonly framing: Framing },
): Promise<Collected> {
  const collector = new Collector(part, stepsOf(options.framing));
  const total = Array.isArray(items) ? items.length : undefined;
  const pending: Promise<Outcome>[] = [];
  const settle = async () => {
    collector.add(await (pending.shift() as Promise<Outcome>));
    options.onReading?.({ part: part.name, done: collector.done, total });
  };
  for await (const item of items) {
    options.signal?.throwIfAborted();
    const read = outcome(item, options);
    // Met below; until then a failure must not count as unhandled.
    read.catch(() => undefined);
    pending.push(read);
    if (pending.length === WINDOW) await settle();
  }
  while (pending.length > 0) await settle();
  options.signal?.throwIfAborted();
  return collector.collected();
}

/** A recording that was read, or why it was not. */
interface Outcome {
  readonly item: RecordingItem;
  readonly frames?: SpikeFrames;
  readonly failure?: DatasetError;
}

async function outcome(
  item: RecordingItem,
  { framing, transform }: ReadingOptions & { readonly framing: Framing },
): Promise<Outcome> {
  try {
    const recording = await item.load();
    return { item, frames: spikeFrames(transform?.(recording) ?? recording, framing) };
  } catch (error) {
    // What is wrong with the framing, or a fault of the program, is not wrong with the file.
    if (!isDatasetError(error) || error.code === 'option-invalid') throw error;
    return { item, failure: named(error, item.name) };
  }
}

/** The error with the name of its recording, where it does not say it. */
function named(error: DatasetError, file: string): DatasetError {
  return error.detail.file === undefined ? new DatasetError(error.code, { ...error.detail, file }, error) : error;
}

class Collector {
  readonly #part: Part;
  readonly #steps: number;
  readonly #good: { readonly item: RecordingItem; readonly bits: Uint8Array }[] = [];
  readonly #bad: { readonly place: number; readonly error: DatasetError }[] = [];
  #shape: readonly [number, number, number] | undefined;

  constructor(part: Part, steps: number) {
    this.#part = part;
    this.#steps = steps;
  }

  get done(): number {
    return this.#good.length + this.#bad.length;
  }

  add({ item, frames, failure }: Outcome): void {
    const error = failure ?? this.#misfit(item, frames as SpikeFrames);
    if (error !== undefined) this.#bad.push({ place: item.place, error });
    else this.#good.push({ item, bits: (frames as SpikeFrames).bits });
  }

  collected(): Collected {
    const good = this.#good.sort((a, b) => a.item.place - b.item.place);
    const size = good[0]?.bits.length ?? 0;
    const images = new Uint8Array(good.length * size);
    good.forEach(({ bits }, index) => images.set(bits, index * size));
    const examples: Examples = {
      images,
      labels: Uint8Array.from(good, ({ item }) => item.label),
      shape: this.#shape ?? [1, 1, 1],
      steps: this.#steps,
      classes: this.#part.classes,
      count: good.length,
    };
    return { examples, bad: this.#bad.sort((a, b) => a.place - b.place).map(({ error }) => error) };
  }

  /** What makes a recording unfit to stand beside the others. */
  #misfit(item: RecordingItem, { shape, steps }: SpikeFrames): DatasetError | undefined {
    this.#shape ??= shape;
    const expected = this.#shape;
    if (shape.some((size, axis) => size !== expected[axis])) {
      return new DatasetError('sensor-mismatch', {
        file: item.name,
        field: 'sensor',
        expected: `${expected.join(' x ')}, as the first recording has`,
        received: shape.join(' x '),
        remedy:
          'Where files do not say how large the sensor is, give its width and height (--reading width=240,height=180).',
      });
    }
    if (steps !== this.#steps) {
      return new DatasetError('frames-missing', {
        file: item.name,
        field: 'frames',
        expected: `${this.#steps}`,
        received: `${steps}`,
      });
    }
    return undefined;
  }
}
