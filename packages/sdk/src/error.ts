/** What went wrong, in kebab case, for programs to test. */
export type ErrorCode =
  /** The signal given by the caller was aborted. */
  | 'aborted'
  /** A network of another framework that has no exact counterpart here. */
  | 'cannot-convert'
  /** The engine or the model was disposed of before the call. */
  | 'disposed'
  /** A folder stands where a file is expected. */
  | 'is-a-folder'
  /** A file stands where a folder is expected. */
  | 'not-a-folder'
  | 'disk-full'
  | 'file-not-found'
  | 'permission-denied'
  /** Another failure of the file system; the cause has the details. */
  | 'file-error'
  /** A checkpoint that is truncated, foreign, or lacks what is asked of it. */
  | 'invalid-checkpoint'
  /** An object of another form than expected. */
  | 'invalid-description'
  | 'invalid-label'
  /** A file of another framework that is truncated, broken or unsafe. */
  | 'invalid-model-file'
  /** Sizes that do not fit each other or the network. */
  | 'invalid-shape'
  /** Calls in an order that cannot work. */
  | 'invalid-state'
  /** A number out of its range, or no number. */
  | 'invalid-value'
  /** The core could not be fetched or compiled. */
  | 'core-load'
  /** The model is in use by a call that excludes this one. */
  | 'model-busy'
  /** A checkpoint or data set made for another network. */
  | 'network-mismatch'
  /** WebAssembly SIMD is missing. */
  | 'no-simd'
  /** No memory is left; a smaller batch, fewer workers or a smaller network take less. The engine goes on. */
  | 'out-of-memory'
  /** A training cannot be resumed with another configuration. */
  | 'resume-mismatch'
  /** Gradients or weights are no longer finite. */
  | 'training-diverged'
  /** The core aborted on the calling thread; the page or process must be restarted. */
  | 'trap'
  | 'unknown-tensor'
  /** Not available in this environment, such as files in a browser. */
  | 'unsupported'
  /** A worker ended twice on the same piece of work. */
  | 'worker-died'
  /** A fault of this package. */
  | 'internal';

/**
 * Every error this package throws on purpose: `message` names the field, what was expected and what came.
 * @example
 * ```ts
 * import { CertispikeError, linf } from '@certispike/sdk';
 *
 *
 * try {
 *   linf(-1);
 * } catch (error) {
 *   if (error instanceof CertispikeError) console.log(error.code); // invalid-value
 * }
 * ```
 */
export class CertispikeError extends Error {
  override readonly name = 'CertispikeError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** `field: expected ..., got ...` */
  static expected(code: ErrorCode, field: string, expected: string, got: unknown): CertispikeError {
    return new CertispikeError(code, `${field}: expected ${expected}, got ${shown(got)}`);
  }
}

/**
 * Whether a value is a {@link CertispikeError}, also one that came from another realm or copy of the package.
 * @example
 * ```ts
 * import { isCertispikeError, loadModel } from '@certispike/sdk';
 *
 *
 * const file = 'missing.safetensors';
 * const loaded = await loadModel(engine, file).catch((error: unknown) => {
 *   if (isCertispikeError(error) && error.code === 'file-not-found') return undefined;
 *   throw error;
 * });
 * console.log(loaded); // undefined
 * ```
 */
export function isCertispikeError(error: unknown): error is CertispikeError {
  if (typeof error !== 'object' || error === null) return false;
  return 'name' in error && error.name === 'CertispikeError' && 'code' in error && typeof error.code === 'string';
}

/** What a thrown value says; it may come from another realm, whose errors are no instances of this one's. */
export function reasonOf(thrown: unknown): string {
  const hasMessage = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
  return hasMessage ? String(thrown.message) : String(thrown);
}

/** The string `code` of a thrown value, where it has one. */
export function codeOf(thrown: unknown): string | undefined {
  const hasCode = typeof thrown === 'object' && thrown !== null && 'code' in thrown;
  return hasCode && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** A value as an error message shows it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return 'a function';
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (typeof value === 'symbol') return value.toString();
  const text = written(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'an object that JSON cannot hold';
  }
}

/** Throws `aborted` when the signal has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/** The error of a call whose signal was aborted; the signal's reason is the cause. */
export function aborted(signal: AbortSignal): CertispikeError {
  return new CertispikeError('aborted', 'signal: the call was aborted', { cause: signal.reason });
}
