import * as v from 'valibot';
import { CliError } from '../failure.js';
import { type Flag, text, whole } from './field.js';
import { readReading, reading, readingHelp } from './reading.js';

/** What `data` may be, for messages. */
export const dataNames =
  'mnist, fashion-mnist, nmnist, nmnist-simulated, a folder of IDX files or a folder of event recordings';

const range = /^(\d+)-(\d+)$/;
const frames = v.pipe(
  v.string('the first and last frame, as in 5-14'),
  v.regex(range, 'the first and last frame, as in 5-14'),
  v.check((given) => {
    const [, first, last] = range.exec(given) ?? [];
    return Number(first) <= Number(last);
  }, 'the first and last frame, as in 5-14'),
);

const foldForm = /^(\d+)\/(\d+)$/;
const fold = v.pipe(
  v.string('a fold, as in 2/5'),
  v.regex(foldForm, 'a fold, as in 2/5'),
  v.check((given) => {
    const [, index, count] = foldForm.exec(given) ?? [];
    return Number(index) >= 1 && Number(count) >= 2 && Number(index) <= Number(count);
  }, 'a fold, as in 2/5'),
);

/** Fields that say which data are read, and how recordings of events become frames. */
export const dataFields = {
  data: v.optional(text(dataNames), 'mnist'),
  validation: v.optional(whole(0)),
  bins: v.optional(whole(1)),
  binWidth: v.optional(whole(1)),
  frames: v.optional(frames),
  fold: v.optional(fold),
  reading: v.optional(reading),
  skipBad: v.optional(v.boolean('true or false')),
} satisfies v.ObjectEntries;

/** The same as flags. */
export const dataFlags: Readonly<Record<keyof typeof dataFields, Flag>> = {
  data: {
    value: '<name|folder>',
    help: 'mnist, fashion-mnist, nmnist, nmnist-simulated, or a folder of IDX files or of event recordings (default: mnist)',
    read: String,
  },
  validation: { value: '<count>', help: 'training examples held out for validation (default: a twelfth)' },
  bins: { value: '<count>', help: 'cut recordings into so many bins of equal time (default: 10)' },
  binWidth: { value: '<us>', help: 'cut recordings into bins of so many microseconds; needs --frames' },
  frames: {
    value: '<first-last>',
    help: 'use these bins of a recording only, counted from 0, as in 5-14',
    read: String,
  },
  fold: {
    value: '<part/parts>',
    help: 'deal all recordings into so many parts and test on this one, as in 2/5; train on the others',
    read: String,
  },
  reading: { value: '<name=value,...>', help: readingHelp, read: readReading },
  skipBad: { help: 'leave out recordings that cannot be read, and say which' },
};

/** Which data, and how they are read. */
export type DataConfig = v.InferOutput<v.ObjectSchema<typeof dataFields, undefined>>;

/** How recordings are cut, in the words of the data sets package. */
export interface Framing {
  readonly bins?: number;
  readonly width?: number;
  readonly start?: number;
  readonly frames?: number;
}

/**
 * The framing that a configuration asks for; undefined when it says nothing.
 * @throws CliError `bad-value` when its fields contradict each other
 */
export function framingOf({ bins, binWidth, frames: chosen }: Partial<DataConfig>): Framing | undefined {
  if (bins !== undefined && binWidth !== undefined) {
    throw new CliError('bad-value', `binWidth: expected none beside bins, got ${binWidth}`);
  }
  if (bins === undefined && binWidth === undefined && chosen === undefined) return undefined;
  if (binWidth !== undefined && chosen === undefined) {
    throw new CliError(
      'bad-value',
      'frames: expected the first and last frame beside binWidth, as in 5-14, got nothing',
    );
  }
  const [, first, last] = range.exec(chosen ?? '') ?? [];
  const part = chosen === undefined ? {} : { start: Number(first), frames: Number(last) - Number(first) + 1 };
  return { ...(binWidth === undefined ? { bins: bins ?? 10 } : { width: binWidth }), ...part };
}

/** The fold that a configuration asks for, in the words of the data sets package. */
export function foldOf({ fold }: Partial<DataConfig>): { readonly index: number; readonly of: number } | undefined {
  if (fold === undefined) return undefined;
  const [, index, count] = foldForm.exec(fold) ?? [];
  return { index: Number(index), of: Number(count) };
}
