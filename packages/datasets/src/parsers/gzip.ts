import { DatasetError } from '../error.js';

/** Largest result `gunzip` gives by default, in bytes: far above any data set here, far below a decompression bomb. */
const LARGEST = 2 ** 30;

/** True when `bytes` starts like a gzip file (RFC 1952: 0x1f 0x8b). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip file with the platform's `DecompressionStream`, which (unlike the small JavaScript inflaters)
 * checks the CRC-32 and length at its end.
 * @param bytes the whole file.
 * @param file its name, for errors.
 * @param largest bytes of output above which it gives up.
 * @throws DatasetError `gzip-corrupt`, `gzip-too-large`.
 */
export async function gunzip(bytes: Uint8Array, file?: string, largest = LARGEST): Promise<Uint8Array> {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // The reader meets every error as well; this only keeps the writer's copy from becoming an unhandled rejection.
  const written = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close());
  written.catch(() => undefined);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > largest) break;
      parts.push(value);
    }
    if (length <= largest) await written;
  } catch (cause) {
    throw new DatasetError(
      'gzip-corrupt',
      {
        file,
        field: 'gzip data',
        expected: `a whole, undamaged gzip file`,
        received: `an error after ${length} bytes of output from ${bytes.length} bytes (${(cause as Error).message})`,
      },
      cause,
    );
  }
  if (length > largest) {
    void reader.cancel().catch(() => undefined);
    void writer.abort().catch(() => undefined);
    throw new DatasetError('gzip-too-large', {
      file,
      field: 'decompressed size',
      expected: `at most ${largest} bytes`,
      received: 'more',
    });
  }
  return concatenate(parts, length);
}

/** One array of `length` bytes from `parts` in order. */
export function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
