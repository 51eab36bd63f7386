import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError, fileError } from './failure.js';

/**
 * Writes results to stdout and waits until they are handed over, so that a full disk is an error and not a silence.
 * @throws CliError `disk-full`
 */
export async function print(text: string): Promise<void> {
  try {
    await handedOver(`${text}\n`);
  } catch (error) {
    throw fileError('standard output', 'stdout', error);
  }
}

function handedOver(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** One JSON object, alone on one line of stdout. */
export function printJson(value: unknown): Promise<void> {
  return print(JSON.stringify(value));
}

/** A line for people, on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Checks before the work begins that a file can be written at `path`.
 * @throws CliError naming `field`, when it is a folder or its folder does not exist
 */
export async function checkTarget(field: string, path: string): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  if (target?.isDirectory()) throw new CliError('is-a-folder', `${field}: expected a file, got a folder: ${path}`);
  const folder = dirname(path);
  const parent = await stat(folder).catch((error: unknown) => {
    throw fileError(field, folder, error);
  });
  if (!parent.isDirectory()) {
    throw new CliError('not-a-folder', `${field}: expected a folder, got a file: ${folder}`);
  }
}

/**
 * Writes a file whole or not at all: under another name first, then renamed. A device (such as /dev/stderr) is
 * written directly, as a rename would replace it.
 */
export async function writeWhole(field: string, path: string, content: string | Uint8Array): Promise<void> {
  const present = await stat(path).catch(() => undefined);
  const direct = present !== undefined && !present.isFile();
  // A link stays a link.
  const target = present === undefined ? path : await realpath(path);
  const written = direct ? path : `${target}.partial`;
  try {
    await writeFile(written, content);
    if (!direct) await rename(written, target);
  } catch (error) {
    if (!direct) await rm(written, { force: true });
    throw fileError(field, path, error);
  }
}
