import { DatasetError, integerOption } from '../error.js';
import type { Examples } from '../parsers/examples.js';
import { ExampleSource } from '../pipelines/source.js';
import { stratifiedFolds, stratifiedSplit } from '../pipelines/split.js';
import type { SplitOptions, Splits } from '../splits.js';
import { badRecordings } from './bad.js';
import { type Collected, collectSpikes, type ReadingOptions } from './collect.js';
import { DEFAULT_FRAMING, type Framing, stepsOf } from './framing.js';
import type { RecordingItem, RecordingItems } from './item.js';
import type { About, Layout } from './layout.js';

/** One part of a cross-validation. */
export interface Fold {
  /** Which fold is the test set, from 1. */
  readonly index: number;
  /** How many folds there are, from 2. */
  readonly of: number;
}

/** How recordings are cut where there are few of them. */
export interface FoldOptions {
  /**
   * Deal all recordings, those of a test set as well, into folds of equal size, each class in proportion, by `seed`; one
   * fold is the test set, the others are trained on. Default: the data set's own test set.
   */
  readonly fold?: Fold | undefined;
}

/** The parts of a data set of recordings, whose sources have `steps`. */
export interface EventSplits extends Splits {
  /** How recordings were cut to frames. */
  readonly framing: Framing;
  /** Names of the classes, in the order of their labels. */
  readonly classNames: readonly string[];
  /** Recordings that were left out, and why. */
  readonly skipped: readonly DatasetError[];
  /** Who made the data set, where that is known. */
  readonly about: About | undefined;
}

/**
 * Reads the recordings of a layout and cuts the training set. Where there is no test set, a sixth of each class is one,
 * drawn by `seed`; validation examples are a twelfth of the training set unless given.
 * @param place folder or file, for errors.
 * @throws DatasetError `recordings-bad` naming every one, unless `skipBad`; `recordings-missing`
 */
export async function readEventSplits(
  layout: Layout,
  place: string,
  options: ReadingOptions & SplitOptions & FoldOptions,
): Promise<EventSplits> {
  const framing = options.framing ?? DEFAULT_FRAMING;
  stepsOf(framing);
  const seed = integerOption('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  if (options.validation !== undefined) integerOption('validation', options.validation, 0, Number.MAX_SAFE_INTEGER);
  const { name, classNames, about } = layout;
  const classes = classNames.length;
  const collect = (part: 'train' | 'test', items: Layout['train']) =>
    collectSpikes(items, { name: part, place, classes }, { ...options, framing });
  const { fold } = options;
  if (fold !== undefined) integerOption('fold', fold.index, 1, fold.of);
  const train = await collect('train', fold === undefined ? layout.train : pooled(layout.train, layout.test));
  const test = fold === undefined ? layout.test && (await collect('test', layout.test)) : undefined;
  const skipped = judged([train, ...(test === undefined ? [] : [test])], place, options.skipBad === true);
  const source = (part: string, examples: Examples, samples: Uint32Array) =>
    new ExampleSource(`${name}/${part}`, examples, samples);
  const { examples } = train;
  const { labels } = examples;
  const all = Uint32Array.from(labels, (_, index) => index);
  // Sample numbers stay those of the whole data set, also where the test set is cut from it.
  const cut =
    fold !== undefined
      ? foldOf(stratifiedFolds(labels, classes, fold.of, seed), fold)
      : test === undefined
        ? stratifiedSplit(labels, classes, Math.floor(labels.length / 6), seed)
        : { kept: all, held: undefined };
  const count = options.validation ?? Math.floor(cut.kept.length / 12);
  const { kept, held } = stratifiedSplit(
    Uint8Array.from(cut.kept, (index) => labels[index] as number),
    classes,
    count,
    seed,
  );
  const at = (positions: Uint32Array) => positions.map((position) => cut.kept[position] as number);
  return {
    train: source('train', examples, at(kept)),
    validation: source('validation', examples, at(held)),
    test:
      test === undefined || cut.held !== undefined
        ? source('test', examples, cut.held as Uint32Array)
        : source(
            'test',
            test.examples,
            Uint32Array.from(test.examples.labels, (_, index) => index),
          ),
    framing,
    classNames,
    skipped,
    about,
  };
}

/** The recordings of both parts, those of the test set behind the others. */
async function* pooled(train: RecordingItems, test: RecordingItems | undefined): AsyncGenerator<RecordingItem> {
  let next = 0;
  for await (const item of train) {
    next = Math.max(next, item.place + 1);
    yield item;
  }
  for await (const item of test ?? []) {
    yield { name: item.name, label: item.label, place: next + item.place, load: () => item.load() };
  }
}

function foldOf(folds: Uint32Array, { index }: Fold): { kept: Uint32Array; held: Uint32Array } {
  const all = Uint32Array.from(folds, (_, example) => example);
  return {
    kept: all.filter((example) => folds[example] !== index - 1),
    held: all.filter((example) => folds[example] === index - 1),
  };
}

/** The bad recordings of all parts, which are an error unless they may be left out. */
function judged(parts: readonly Collected[], place: string, mayLeaveOut: boolean): readonly DatasetError[] {
  const bad = parts.flatMap((part) => part.bad);
  const good = parts.reduce((sum, { examples }) => sum + examples.count, 0);
  if (bad.length > 0 && (!mayLeaveOut || good === 0)) throw badRecordings(place, bad, good + bad.length);
  const empty = parts.find(({ examples }) => examples.count === 0);
  if (empty !== undefined || good === 0) {
    throw new DatasetError('recordings-missing', {
      file: place,
      field: 'recordings',
      expected: 'at least one in every part',
      received: 'none',
      remedy: 'A recording ends in .bin, .bs2, .dat, .raw, .aedat or .aedat4 (SHD and SSC: .h5).',
    });
  }
  const [first, second] = parts;
  if (first !== undefined && second !== undefined && first.examples.shape.join() !== second.examples.shape.join()) {
    throw new DatasetError('sensor-mismatch', {
      file: place,
      field: 'sensor of the test set',
      expected: first.examples.shape.join(' x '),
      received: second.examples.shape.join(' x '),
    });
  }
  return bad;
}
