import { CertispikeError } from '../error.js';

/** A file that is truncated, broken, of another kind, or asks for more than a network may. */
export function malformed(where: string, message: string, cause?: unknown): CertispikeError {
  return new CertispikeError('invalid-model-file', `${where}: ${message}`, cause === undefined ? {} : { cause });
}

/** `where: expected ..., got ...` for a file that is whole but has no exact counterpart here. */
export function unmapped(where: string, message: string): CertispikeError {
  return new CertispikeError('cannot-convert', `${where}: ${message}`);
}
