import { readFile } from 'node:fs/promises';
import type * as v from 'valibot';
import { CliError, fileError } from '../failure.js';
import { check, type Flag, flagName } from './field.js';
import { readValue } from './short-form.js';

/** Some fields of a configuration and where they come from. */
export interface Layer {
  readonly values: Readonly<Record<string, unknown>>;
  /** How errors speak of a field of this layer. */
  readonly name: (path: string) => string;
}

/**
 * Checks each layer by itself, so that an error names the file or flag at fault, and lets later layers win field
 * by field.
 */
export function resolve<Schema extends v.GenericSchema>(
  schema: Schema,
  layers: readonly Layer[],
): v.InferOutput<Schema> {
  let merged: Record<string, unknown> = {};
  for (const { values, name } of layers) {
    check(schema, values, name);
    merged = { ...merged, ...values };
  }
  return check(schema, merged);
}

/** The fields given as flags. `options` are commander's, with the flags' texts. */
export function flagLayer(flags: Readonly<Record<string, Flag>>, options: Readonly<Record<string, unknown>>): Layer {
  const values: Record<string, unknown> = {};
  for (const [field, flag] of Object.entries(flags)) {
    const given = options[field];
    if (given === undefined) continue;
    values[field] = typeof given === 'string' ? (flag.read ?? readValue)(given) : given;
  }
  return { values, name: (path) => path.replace(/^\w+/, flagName) };
}

/** The fields of a JSON file. */
export async function fileLayer(path: string): Promise<Layer> {
  const values = await readJson('config', path);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new CliError('bad-value', `config: expected a JSON object in ${path}`);
  }
  return { values: { ...values }, name: (field) => `${path}: ${field}` };
}

/** Reads the JSON file that the field `field` names. */
export async function readJson(field: string, path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(field, path, error);
  }
  return parsedJson(field, path, text);
}

/**
 * The JSON of a file that the field `field` names.
 * @throws CliError `bad-json`
 */
export function parsedJson(field: string, path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError('bad-json', `${field}: expected JSON in ${path}, got: ${(error as Error).message}`);
  }
}
