import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Region } from '@certispike/sdk';
import { fileError } from '../failure.js';
import { atLeast, fraction, whole } from './field.js';
import { parsedJson } from './resolve.js';
import { readValue } from './short-form.js';

/** The short forms of the kinds. */
const forms: Readonly<Record<string, string>> = {
  linf: 'linf:0.06[,clip]',
  flips: 'flips:k=8[,additions|deletions][,per-step=2][,mask=places.json]',
  shift: 'shift:k=4,d=1[,merge]',
  sampled: 'sampled:0.01[,seed=1] (no worst case)',
};

/** What is expected in the place of a text that is no region: the form of its kind, or all kinds. */
function expectation(input: unknown): string {
  const kind = typeof input === 'string' ? kindOf(input) : '';
  const own = Object.hasOwn(forms, kind) ? forms[kind] : undefined;
  return own ?? 'linf:0.06, flips:k=8, shift:k=4,d=1, sampled:0.01 or an object with a kind';
}

/** What stands before the colon of a short form. */
const kindOf = (text: string) => /^[^:]*/.exec(text)?.[0] ?? '';

const flag = (otherwise: boolean) => v.optional(v.boolean('true or false'), otherwise);
const bits = v.array(v.picklist([0, 1], '0 or 1'), 'a list of zeros and ones');

/** What is certified or trained against: the SDK's regions, as JSON. */
export const region = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('linf'), epsilon: atLeast(0), clip: flag(false) }),
    v.strictObject({
      kind: v.literal('flips'),
      budget: whole(0),
      additions: flag(true),
      deletions: flag(true),
      mask: v.optional(v.nullable(bits), null),
      perStep: v.optional(v.nullable(v.union([whole(0), v.array(whole(0))], 'a whole number from 0 up')), null),
    }),
    v.strictObject({ kind: v.literal('sampled'), fraction: fraction(), seed: v.optional(whole(0), 0) }),
    v.strictObject({ kind: v.literal('shift'), budget: whole(0), steps: whole(1), merge: flag(false) }),
  ],
  ({ input }) => expectation(input),
);

export const regionHelp =
  `${Object.values(forms).join(', ')}, or JSON; per-step=2/1/0 has a number for each step; a mask is a JSON list of zeros and ` +
  'ones, where spikes may flip, of an example or of one step of it';

/**
 * `linf:epsilon[,clip]`, `flips:k=flips[,additions|deletions][,per-step=flips][,mask=file]`,
 * `shift:k=spikes[,d=steps][,merge]` or `sampled:fraction[,seed=number]`. A text of no such kind is read as JSON, or
 * returned as it came, for the schema to refuse.
 * @throws CliError for a mask's file `file-not-found`, `bad-json`
 */
export function readRegion(text: string): unknown {
  const kind = kindOf(text);
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (make === undefined) return readValue(text);
  const words = new Words(text.slice(kind.length + 1));
  const made = make(words);
  return words.fit ? made : text;
}

/** `word`, `word=value` with commas between; whoever reads them takes them. */
class Words {
  readonly #words: Map<string, string | undefined>;
  /** Whether what was taken was of the form that was expected. */
  #fit = true;

  constructor(text: string) {
    const pairs = text === '' ? [] : text.split(',').map((part) => part.split('='));
    this.#words = new Map(pairs.map(([word = '', value]) => [word, value]));
    this.#fit = pairs.length === this.#words.size && pairs.every(({ length }) => length <= 2);
  }

  /** Whether all words were taken, and had the form that was expected. */
  get fit(): boolean {
    return this.#fit && this.#words.size === 0;
  }

  /** Whether a word without a value is there. */
  has(word: string): boolean {
    if (!this.#words.has(word)) return false;
    return this.#expect(this.#take(word) === undefined);
  }

  /** The number of a word; undefined where it is not there. */
  number(word: string): number | undefined {
    return this.#words.has(word) ? this.#number(this.#take(word)) : undefined;
  }

  /** The number of a word, or numbers with slashes between. */
  numbers(word: string): number | number[] | undefined {
    if (!this.#words.has(word)) return undefined;
    const [first, ...rest] = (this.#take(word) ?? '').split('/').map((part) => this.#number(part));
    return rest.length === 0 ? first : [first as number, ...rest];
  }

  text(word: string): string | undefined {
    if (!this.#words.has(word)) return undefined;
    const value = this.#take(word);
    this.#expect(value !== undefined && value !== '');
    return value;
  }

  /** A number that stands first, without a word. */
  first(): number {
    const [word] = this.#words.keys();
    const value = word === undefined ? undefined : this.#take(word);
    this.#expect(value === undefined);
    return this.#number(word);
  }

  /** A number that has to be there. */
  needed(word: string): number | undefined {
    this.#expect(this.#words.has(word));
    return this.number(word);
  }

  #take(word: string): string | undefined {
    const value = this.#words.get(word);
    this.#words.delete(word);
    return value;
  }

  #number(text: string | undefined): number {
    const number = text === undefined || text === '' ? Number.NaN : Number(text);
    this.#expect(Number.isFinite(number));
    return number;
  }

  #expect(holds: boolean): boolean {
    this.#fit &&= holds;
    return holds;
  }
}

const makers: Readonly<Record<string, (words: Words) => Record<string, unknown>>> = {
  linf: (words) => ({ kind: 'linf', epsilon: words.first(), clip: words.has('clip') }),
  flips: (words) => {
    const [additions, deletions] = [words.has('additions'), words.has('deletions')];
    const mask = words.text('mask');
    return {
      kind: 'flips',
      budget: words.needed('k'),
      additions: additions || !deletions,
      deletions: deletions || !additions,
      mask: mask === undefined ? null : readMask(mask),
      perStep: words.numbers('per-step') ?? null,
    };
  },
  shift: (words) => ({
    kind: 'shift',
    budget: words.needed('k'),
    steps: words.number('d') ?? 1,
    merge: words.has('merge'),
  }),
  sampled: (words) => ({ kind: 'sampled', fraction: words.first(), seed: words.number('seed') ?? 0 }),
};

/** The places of a JSON file, whatever lists in lists they are in. */
function readMask(path: string): unknown {
  const field = '--region.mask';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(field, path, error);
  }
  const value = parsedJson(field, path, text);
  return Array.isArray(value) ? value.flat(Infinity) : value;
}

/** How large a region is, in its own unit. */
export function sizeOf(of: Region): number {
  if (of.kind === 'linf') return of.epsilon;
  return of.kind === 'sampled' ? of.fraction : of.budget;
}

/** A region of another size. */
export function resizedRegion(of: Region, size: number): Region {
  if (of.kind === 'linf') return { ...of, epsilon: size };
  return of.kind === 'sampled' ? { ...of, fraction: size } : { ...of, budget: size };
}

/** A region in the short form of the command line; as JSON where it has no short form. */
export function shortRegion(of: Region): string {
  switch (of.kind) {
    case 'linf':
      return `linf:${of.epsilon}${of.clip ? ',clip' : ''}`;
    case 'shift':
      return `shift:k=${of.budget},d=${of.steps}${of.merge ? ',merge' : ''}`;
    case 'sampled':
      return `sampled:${of.fraction}${of.seed === 0 ? '' : `,seed=${of.seed}`}`;
    default: {
      if (of.mask !== null) return JSON.stringify(of);
      const kind = of.additions && of.deletions ? '' : of.additions ? ',additions' : ',deletions';
      return `flips:k=${of.budget}${kind}${of.perStep === null ? '' : `,per-step=${[of.perStep].flat().join('/')}`}`;
    }
  }
}

/** What the unit of a region is called. */
export const unitOf: Readonly<Record<Region['kind'], string>> = {
  linf: 'epsilon',
  flips: 'flips',
  sampled: 'fraction',
  shift: 'shifts',
};
