import * as v from 'valibot';
import { check, fields, whole } from '../config/check.js';
import { CertispikeError, reasonOf } from '../error.js';

/** The header of a safetensors file as the core takes it, which sees to it that tensors and file fit each other. */
export interface Header {
  readonly metadata: readonly { readonly name: string; readonly text: string }[];
  /** In the order of the file. */
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly start: number;
    readonly end: number;
  }[];
}

/** A file starts with the length of its header. */
const lengthBytes = 8;

/** The core's indices have 32 bits. */
const index = whole(0, 2 ** 32 - 1);

const schema = v.objectWithRest(
  { __metadata__: v.optional(v.record(v.string(), v.string('a text')), {}) },
  fields({
    dtype: v.string('the name of a type'),
    shape: v.array(index, 'a list of sizes'),
    data_offsets: v.strictTuple([index, index], 'two offsets'),
  }),
  'an object',
);

/**
 * Takes a safetensors file apart: JavaScript parses JSON, so that the core needs no parser.
 * @throws CertispikeError `invalid-checkpoint` for bytes that are no such file or are cut short
 */
export function opened(file: Uint8Array): { readonly header: Header; readonly data: Uint8Array } {
  if (file.length < lengthBytes) throw invalid(`expected a header, got ${file.length} bytes in all`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const most = file.length - lengthBytes;
  if (length > BigInt(most)) throw invalid(`expected a header of at most ${most} bytes, got ${length}`);
  const start = lengthBytes + Number(length);
  return { header: decoded(file.subarray(lengthBytes, start)), data: file.subarray(start) };
}

function decoded(json: Uint8Array): Header {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    const { __metadata__: metadata, ...entries } = check('header', schema, parsed);
    const tensors = Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        return { name, dtype, shape, start, end };
      },
    );
    return {
      metadata: Object.entries(metadata).map(([name, text]) => ({ name, text })),
      tensors: tensors.sort((left, right) => left.start - right.start || left.end - right.end),
    };
  } catch (error) {
    throw invalid(reasonOf(error), error);
  }
}

function invalid(message: string, cause?: unknown): CertispikeError {
  return new CertispikeError('invalid-checkpoint', `checkpoint: ${message}`, { cause });
}
