import { failureOf, isBreaking } from '../core/failure.js';
import { CertispikeError } from '../error.js';
import { TensorFile } from '../formats/bindings.js';

/** A tensor of a file. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Little-endian. */
  readonly data: Uint8Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** Our text in the header; undefined in a foreign file. */
  readonly metadata: string | undefined;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Where our text lies in the header of a file. */
const entry = 'certispike';

/** The bytes of a file. The formats have to be loaded. */
export function encodedSafetensors({ metadata = '', tensors }: Safetensors): Uint8Array {
  const file = new TensorFile();
  try {
    file.setMetadata(entry, metadata);
    for (const [name, { dtype, shape, data }] of tensors) file.add(name, dtype, [...shape], data);
    return file.bytes();
  } finally {
    file.free();
  }
}

/**
 * What a file holds. The formats have to be loaded.
 * @throws CertispikeError `invalid-checkpoint` for bytes that are no such file or are cut short
 */
export function decodedSafetensors(bytes: Uint8Array): Safetensors {
  const file = parsed(bytes);
  try {
    const tensors = file.names.map((name): [string, StoredTensor] => {
      const [dtype = '', shape = [], data = new Uint8Array()] = [file.dtype(name), file.shape(name), file.data(name)];
      return [name, { dtype, shape: [...shape], data }];
    });
    return { metadata: file.metadata(entry), tensors: new Map(tensors) };
  } finally {
    file.free();
  }
}

function parsed(bytes: Uint8Array): TensorFile {
  try {
    return TensorFile.parse(bytes);
  } catch (error) {
    const { code, message } = failureOf(error);
    throw new CertispikeError(isBreaking(code) ? code : 'invalid-checkpoint', `checkpoint: ${message}`, {
      cause: error,
    });
  }
}
