import * as v from 'valibot';
import type { Region } from '@certispike/sdk';
import { atLeast, fraction, whole } from './field.js';
import { readValue } from './short-form.js';

const form = 'linf:0.06, flips:k=8, shift:k=4,d=1, sampled:0.01 or an object with a kind';
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
  form,
);

export const regionHelp =
  'linf:0.06, flips:k=8[,additions|deletions][,per-step=2], shift:k=4,d=1[,merge] or sampled:0.01';

/**
 * `linf:epsilon[,clip]`, `flips:k=flips[,additions|deletions][,per-step=flips]`, `shift:k=spikes[,d=steps][,merge]` or
 * `sampled:fraction[,seed=number]`. What does not fit is returned as it came, for the schema to refuse.
 */
export function readRegion(text: string): unknown {
  const colon = text.indexOf(':');
  const make = makers[text.slice(0, Math.max(0, colon))];
  if (make === undefined) return readValue(text);
  const words = new Map<string, number | undefined>();
  for (const part of text.slice(colon + 1).split(',')) {
    const [word = '', value] = part.split('=');
    const number = value === undefined ? undefined : Number(value);
    if (value === '' || (number !== undefined && !Number.isFinite(number))) return text;
    words.set(word, number);
  }
  const take = (word: string) => {
    const value = words.get(word);
    words.delete(word);
    return value;
  };
  const made = make(
    take,
    (word) => words.has(word) && take(word) === undefined,
    () => {
      const [first = ''] = words.keys();
      words.delete(first);
      return first === '' ? Number.NaN : Number(first);
    },
  );
  // A word that nobody took.
  return words.size > 0 ? text : made;
}

type Maker = (
  take: (word: string) => number | undefined,
  has: (word: string) => boolean,
  first: () => number,
) => Record<string, unknown>;

const makers: Readonly<Record<string, Maker>> = {
  linf: (_, has, first) => ({ kind: 'linf', epsilon: first(), clip: has('clip') }),
  flips: (take, has) => {
    const [additions, deletions] = [has('additions'), has('deletions')];
    return {
      kind: 'flips',
      budget: take('k'),
      additions: additions || !deletions,
      deletions: deletions || !additions,
      mask: null,
      perStep: take('per-step') ?? null,
    };
  },
  shift: (take, has) => ({ kind: 'shift', budget: take('k'), steps: take('d') ?? 1, merge: has('merge') }),
  sampled: (take, _, first) => ({ kind: 'sampled', fraction: first(), seed: take('seed') ?? 0 }),
};

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
      if (of.mask !== null || Array.isArray(of.perStep)) return JSON.stringify(of);
      const kind = of.additions && of.deletions ? '' : of.additions ? ',additions' : ',deletions';
      return `flips:k=${of.budget}${kind}${of.perStep === null ? '' : `,per-step=${String(of.perStep)}`}`;
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
