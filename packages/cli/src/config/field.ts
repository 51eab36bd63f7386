import * as v from 'valibot';
import { CliError } from '../failure.js';

/** How one field of a configuration appears as a flag. The schema says what is allowed. */
export interface Flag {
  /** Name of the value in the help, such as `<number>`; absent for a flag that is only there or not. */
  readonly value?: string;
  readonly help: string;
  /** Turns the flag's text into the value the JSON file would hold; by default as JSON where it is JSON. */
  readonly read?: (text: string) => unknown;
}

/* Schemas whose message is the expectation itself; `check` adds the field and what came. */

export const atLeast = (least: number, expected = `a number from ${least} up`) =>
  v.pipe(v.number(expected), v.finite(expected), v.minValue(least, expected));

export const fraction = (expected = 'a number from 0 to 1') =>
  v.pipe(v.number(expected), v.minValue(0, expected), v.maxValue(1, expected));

export const whole = (least: number) => {
  const expected = `a whole number from ${least} up`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(least, expected));
};

export const oneOf = <const Options extends readonly string[]>(...options: Options) =>
  v.picklist(options, `one of ${options.join(', ')}`);

export const text = (expected: string) => v.pipe(v.string(expected), v.nonEmpty(expected));

/** The flag of a field: `batchSize` is `--batch-size`. */
export const flagName = (field: string) => `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * Checks `value` against `schema`.
 * @param name how to speak of a field, given its dotted path
 * @throws CliError `unknown-field` or `bad-value`, naming the field, the expectation and what came
 */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  name: (path: string) => string = (path) => path,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'configuration';
  if (issue.type !== 'strict_object' || issue.expected === 'Object') {
    throw new CliError('bad-value', `${name(path)}: expected ${issue.message}, got ${show(issue.input)}`);
  }
  if (issue.expected !== 'never') throw new CliError('bad-value', `${name(path)}: expected a value, got nothing`);
  const known = path.includes('.') ? 'no such field' : `a field among ${fieldNames(schema)}`;
  throw new CliError('unknown-field', `${name(path)}: expected ${known}, got ${path}`);
}

function fieldNames(schema: v.GenericSchema): string {
  return 'entries' in schema ? Object.keys(schema.entries as object).join(', ') : 'those of the schema';
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
