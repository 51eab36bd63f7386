import * as v from 'valibot';
import { check, fields, whole } from '../config/check.js';
import { CertispikeError, reasonOf, shown } from '../error.js';

/** Bytes of an element of the kinds of tensors that are written here. */
const sizes = { F32: 4, U64: 8 };

/** A tensor of a file. */
export interface StoredTensor {
  readonly dtype: keyof typeof sizes;
  readonly shape: readonly number[];
  /** Little-endian, as everything in a file. */
  readonly bytes: Uint8Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Of the length of the header, which is the first number of a file. */
const lengthBytes = 8;

/**
 * The bytes of a file: the length of the header, the header (JSON, padded with spaces), the tensors. Wider elements come
 * first, so that all are aligned; then names decide.
 */
export function encodedSafetensors({ metadata, tensors }: Safetensors): Uint8Array {
  const order = [...tensors].sort(
    ([leftName, left], [rightName, right]) =>
      sizes[right.dtype] - sizes[left.dtype] || (leftName < rightName ? -1 : Number(leftName > rightName)),
  );
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of order) {
    header[name] = { dtype, shape, data_offsets: [end, (end += bytes.length)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = lengthBytes + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, lengthBytes, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - lengthBytes), true);
  file.set(json, lengthBytes);
  let at = start;
  for (const [, { bytes }] of order) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

const headerSchema = v.objectWithRest(
  { __metadata__: v.optional(v.record(v.string(), v.string('a text')), {}) },
  fields({
    dtype: v.picklist(Object.keys(sizes) as (keyof typeof sizes)[], "'F32' or 'U64'"),
    shape: v.array(whole(0), 'a list of sizes'),
    data_offsets: v.strictTuple([whole(0), whole(0)], 'two offsets'),
  }),
  'an object',
);

/**
 * Reads a file; the tensors are views of it.
 * @throws CertispikeError `invalid-checkpoint` for bytes that are no such file or are cut short
 */
export function decodedSafetensors(file: Uint8Array): Safetensors {
  const { __metadata__: metadata, ...entries } = decodedHeader(file);
  const data = file.subarray(lengthBytes + headerLength(file));
  const tensors = new Map<string, StoredTensor>();
  let end = 0;
  // Together they have to fill the file without holes and without overlap.
  const inOrder = Object.entries(entries).sort(([, left], [, right]) => left.data_offsets[0] - right.data_offsets[0]);
  for (const [name, { dtype, shape, data_offsets: offsets }] of inOrder) {
    const bytes = shape.reduce((size, side) => size * side, sizes[dtype]);
    if (offsets[0] !== end || offsets[1] !== end + bytes) {
      throw invalid(`${name}: expected bytes ${end} to ${end + bytes}, got ${offsets.join(' to ')}`);
    }
    tensors.set(name, { dtype, shape, bytes: data.subarray(...offsets) });
    end = offsets[1];
  }
  if (end !== data.length) throw invalid(`expected ${end} bytes of tensors, got ${data.length}`);
  return { metadata, tensors };
}

function decodedHeader(file: Uint8Array): v.InferOutput<typeof headerSchema> {
  const json = file.subarray(lengthBytes, lengthBytes + headerLength(file));
  try {
    return check('header', headerSchema, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)));
  } catch (error) {
    throw invalid(reasonOf(error), error);
  }
}

function headerLength({ buffer, byteOffset, length }: Uint8Array): number {
  const most = length - lengthBytes;
  if (most < 0) throw invalid(`expected a header, got ${length} bytes in all`);
  const header = new DataView(buffer, byteOffset).getBigUint64(0, true);
  if (header > BigInt(most)) throw invalid(`expected a header of at most ${most} bytes, got ${shown(header)}`);
  return Number(header);
}

function invalid(message: string, cause?: unknown): CertispikeError {
  return new CertispikeError('invalid-checkpoint', `checkpoint: ${message}`, { cause });
}
