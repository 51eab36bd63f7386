import { isCertispikeError } from '@certispike/sdk';
import { status } from './status.js';

/** A mistake of the user or of the surroundings: reported in one line, without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';

  /**
   * @param code what went wrong, in kebab case, for programs to test
   * @param message the field, what was expected, what came
   */
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A certified example was led astray inside its region: a bound is wrong. */
export class UnsoundBound extends CliError {
  constructor(message: string) {
    super('unsound-bound', message);
  }
}

/** How the process ends after an error: the text for stderr and the exit status. */
export interface Failure {
  readonly text: string;
  readonly status: number;
}

/** Codes that report a fault of the program although they arrive as ordinary errors. */
const faults = new Set(['worker-died', 'internal', 'trap']);

/** Node's codes of failed file operations, in words, with the code shown to the user. */
const fileFailures: Readonly<Record<string, readonly [code: string, words: string]>> = {
  ENOENT: ['file-not-found', 'no such file or folder'],
  EISDIR: ['is-a-folder', 'expected a file, got a folder'],
  ENOTDIR: ['not-a-folder', 'expected a folder, got a file'],
  EEXIST: ['not-a-folder', 'expected a folder, got a file'],
  EACCES: ['permission-denied', 'permission denied'],
  EPERM: ['permission-denied', 'permission denied'],
  EROFS: ['permission-denied', 'the file system is read-only'],
  ENOSPC: ['disk-full', 'no space left on the disk'],
  EDQUOT: ['disk-full', 'the disk quota is used up'],
};

/** Turns whatever was thrown into the line (or, for a fault, the stack) to print and the exit status. */
export function describeFailure(error: unknown): Failure {
  const known = knownError(error);
  if (known !== undefined) {
    const line = `certispike: ${oneLine(known.message)} [${known.code}]`;
    return { text: line, status: statusOf(error, known.code) };
  }
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return { text: `certispike: internal error; please report it\n${stack}`, status: status.fault };
}

function statusOf(error: unknown, code: string): number {
  if (error instanceof UnsoundBound) return status.propertyFailed;
  return faults.has(code) ? status.fault : status.wrongUse;
}

/** Rewords a failed file operation of Node as a {@link CliError} about `field`; other errors pass unchanged. */
export function fileError(field: string, path: string, error: unknown): unknown {
  const code = codeOf(error);
  const failure = code === undefined ? undefined : fileFailures[code];
  if (failure === undefined) return error;
  return new CliError(failure[0], `${field}: ${failure[1]}: ${path}`, { cause: error });
}

function knownError(error: unknown): { code: string; message: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code === undefined) return undefined;
  // The SDK's options are fields and flags here.
  if (isCertispikeError(error)) return { code, message: error.message.replace(/^options\./, '') };
  if (error instanceof CliError || error.name === 'DatasetError') return { code, message: error.message };
  const failure = fileFailures[code];
  if (failure === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? `: ${error.path}` : '';
  return { code: failure[0], message: `${failure[1]}${path}` };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function oneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
