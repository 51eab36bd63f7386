import { CliError } from './failure.js';

/** The error rates a requirement may speak of; each a fraction of the examples, 0 to 1. */
export interface Rates {
  readonly clean: number;
  readonly s_ibp: number | null;
  readonly s_crown: number | null;
  /** The best of the computed bounds, per rival class. */
  readonly certified: number;
}

export type Quantity = keyof Rates;

/** A property asked for with `--require`, such as `certified<0.4`. */
export interface Requirement {
  readonly text: string;
  readonly quantity: Quantity;
  readonly holds: (rates: Rates) => boolean;
}

const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

const form = /^\s*(clean|certified|s_ibp|s_crown)\s*(<=|>=|<|>)\s*(\d*\.?\d+(?:e-?\d+)?)\s*$/i;

/**
 * Reads one requirement: `clean`, `certified`, `s_ibp` or `s_crown`, then `<`, `<=`, `>` or `>=`, then an error
 * rate from 0 to 1. An error rate that was not computed fulfils nothing.
 */
export function parseRequirement(text: string): Requirement {
  const match = form.exec(text);
  const limit = Number(match?.[3]);
  const compare = comparisons[match?.[2] ?? ''];
  if (match === null || compare === undefined || !(limit <= 1)) {
    throw new CliError(
      'bad-requirement',
      'require: expected clean, certified, s_ibp or s_crown, then <, <=, > or >=, then an error rate from 0 to 1 ' +
        `(as in certified<0.4), got ${JSON.stringify(text)}`,
    );
  }
  const quantity = match[1]?.toLowerCase() as Quantity;
  return {
    text: `${quantity}${match[2]}${match[3]}`,
    quantity,
    holds: (rates) => {
      const rate = rates[quantity];
      return rate !== null && Number.isFinite(rate) && compare(rate, limit);
    },
  };
}
