import { codeOf, type ErrorCode, isCertispikeError, reasonOf } from '../error.js';

/** An error as it crosses threads, where classes and codes are lost. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * What the core or this package threw, as plain data.
 * @param taken bytes that the core at work had taken
 */
export function failureOf(error: unknown, taken?: number): Failure {
  const message = reasonOf(error);
  if (isCertispikeError(error)) return { code: error.code, message };
  if (noMemory.test(message)) return { code: 'out-of-memory', message: needs(message, taken) };
  if (error instanceof WebAssembly.RuntimeError) return { code: 'trap', message: `core: it aborted (${message})` };
  return { code: (codeOf(error) as ErrorCode | undefined) ?? 'internal', message };
}

/** Whether a core that failed so may be broken, so that another has to take its place. */
export function isBreaking(code: ErrorCode): boolean {
  return code === 'trap' || code === 'out-of-memory';
}

/** The words of the core's allocator, and those of engines that have no room for an instance or an array. */
const noMemory = /out of memory|allocation failed|could not allocate/i;

function needs(message: string, taken: number | undefined): string {
  const after = taken === undefined ? '' : ` after ${Math.ceil(taken / 2 ** 20)} MiB`;
  return `memory: expected enough for the call, got "${message}"${after}; a smaller batch, fewer workers or a smaller network take less`;
}
