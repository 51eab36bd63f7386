import * as v from 'valibot';
import { CertispikeError, shown } from '../error.js';

/** A finite number in [min, max]. */
export function number(min: number, max = Number.MAX_VALUE) {
  const fits = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max;
  return v.custom<number>(
    fits,
    max === Number.MAX_VALUE ? `a number from ${min} up` : `a number from ${min} to ${max}`,
  );
}

/** A whole number in [min, max]. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER) {
  const fits = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
  return v.custom<number>(
    fits,
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min} up` : `a whole number from ${min} to ${max}`,
  );
}

/** A finite number of either sign. */
export function anyNumber() {
  return v.custom<number>((value) => typeof value === 'number' && Number.isFinite(value), 'a finite number');
}

/** One of some words. */
export function oneOf<const W extends readonly string[]>(...words: W) {
  return v.picklist(words, `one of ${words.map((word) => `'${word}'`).join(', ')}`);
}

/** An object with exactly these fields. */
export function fields<const E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries, 'an object');
}

/**
 * The value, checked and with defaults filled in.
 * @throws CertispikeError `invalid-value` for a number out of range, `invalid-description` for another form
 */
export function check<const S extends v.GenericSchema>(field: string, schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw described(field, result.issues[0]);
}

function described(field: string, issue: v.BaseIssue<unknown>): CertispikeError {
  const where = (issue.path ?? []).reduce<string>((path, { key }) => within(path, key as string | number), field);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return new CertispikeError('invalid-description', `${where}: there is no such field`);
  }
  if (issue.type === 'strict_object' && issue.path !== undefined && issue.input === undefined) {
    return new CertispikeError('invalid-description', `${where}: expected a value, got nothing`);
  }
  const isValue = ofValues.has(issue.type) || (issue.type === 'union' && typeof issue.input === 'number');
  const code = isValue ? 'invalid-value' : 'invalid-description';
  return new CertispikeError(code, `${where}: expected ${issue.message}, got ${shown(issue.input)}`);
}

/** The kinds of complaint that are about a value, not about the form of what holds it. */
const ofValues = new Set(['custom', 'check', 'picklist', 'boolean']);

function within(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** A value that nothing can change any more, nor anything in it. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    Object.values(value).forEach(deepFrozen);
    Object.freeze(value);
  }
  return value;
}
