import { integerOption } from './error.js';
import { type Examples, joinExamples, type NamedIdx } from './parsers/examples.js';
import { parseIdx } from './parsers/idx.js';
import { ExampleSource } from './pipelines/source.js';
import { stratifiedSplit } from './pipelines/split.js';
import { contentOf } from './sources/content.js';
import type { FileReader, IdxSet, MnistFile, MnistPart } from './sources/mnist-files.js';

/** The three parts of a data set. */
export interface Splits {
  /** For training: the training set without the validation examples, ascending by index. */
  readonly train: ExampleSource;
  /** Held out of the training set, each class in proportion: for choosing between models. May be empty. */
  readonly validation: ExampleSource;
  /** The test set in its own order: for the final figures only. */
  readonly test: ExampleSource;
}

/** How the training set is cut. */
export interface SplitOptions {
  /**
   * Examples held out of the training set, 0 to its length - 1. Default: a twelfth of it, 5,000 of MNIST's 60,000.
   */
  readonly validation?: number | undefined;
  /** Which examples are held out: integer from 0 to 2^53 - 1. Default 0. */
  readonly seed?: number | undefined;
}

const CLASSES = 10;

/** Reads, checks and cuts a data set in MNIST's four files. */
export async function readSplits(
  set: IdxSet,
  read: FileReader,
  isVerified: boolean,
  options: SplitOptions,
): Promise<Splits> {
  const validation = options.validation ?? undefined;
  // Options are checked before anything is read, as far as they can be.
  if (validation !== undefined) integerOption('validation', validation, 0, Number.MAX_SAFE_INTEGER);
  const seed = integerOption('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const parts = {} as Record<MnistPart, NamedIdx>;
  for (const file of set.files) parts[file.part] = await readPart(read, file, isVerified);
  const training = joinExamples(parts.trainImages, parts.trainLabels, CLASSES);
  const test = joinExamples(parts.testImages, parts.testLabels, CLASSES);
  const count = validation ?? Math.floor(training.count / 12);
  const { kept, held } = stratifiedSplit(training.labels, CLASSES, count, seed);
  return {
    train: new ExampleSource(`${set.name}/train`, training, kept),
    validation: new ExampleSource(`${set.name}/validation`, training, held),
    test: new ExampleSource(`${set.name}/test`, test, everyIndex(test)),
  };
}

async function readPart(read: FileReader, file: MnistFile, isVerified: boolean): Promise<NamedIdx> {
  const found = await read(file);
  const content = await contentOf(found, file, { isVerified });
  return { file: found.file, idx: parseIdx(content, found.file) };
}

function everyIndex(examples: Examples): Uint32Array {
  return Uint32Array.from({ length: examples.count }, (_, index) => index);
}
