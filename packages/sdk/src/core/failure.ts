import { CertispikeError, codeOf, type ErrorCode, isCertispikeError, reasonOf } from '../error.js';

/** An error as it crosses threads, where classes and codes are lost. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the core or this package threw, as plain data. */
export function failureOf(error: unknown): Failure {
  const message = reasonOf(error);
  if (isCertispikeError(error)) return { code: error.code, message };
  if (error instanceof WebAssembly.RuntimeError) return { code: 'trap', message: `core: it aborted (${message})` };
  return { code: (codeOf(error) as ErrorCode | undefined) ?? 'internal', message };
}

/** Calls the core on this thread; what it throws becomes a {@link CertispikeError}. */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = failureOf(error);
    throw new CertispikeError(code, message, { cause: error });
  }
}
