import { DatasetError, type DatasetErrorCode } from '../error.js';
import type { EventCollector } from './collector.js';
import type { Recording } from './recording.js';

/** Reads one format piece by piece, into a collector it was made with. */
export interface Decoder {
  /** What it is in the middle of, for errors: `an event of 5 bytes`. */
  readonly piece: string;
  /** Bytes it must be given before it can go on; more than it left. */
  readonly wants: number;
  /** Whether the header is read, or there is none. */
  readonly isPastHeader: boolean;
  /**
   * Takes every whole piece from the front of `bytes`, which stand at `offset` of the file; returns how many bytes it took.
   * @param isLast whether the file ends with them.
   */
  decode(bytes: Uint8Array, offset: number, isLast: boolean): number;
}

/** Reads a file that is all there. */
export function decodeWhole(bytes: Uint8Array, decoder: Decoder, collector: EventCollector): Recording {
  const taken = decoder.decode(bytes, 0, true);
  endDecoding(decoder, collector, bytes.length - taken, taken);
  return collector.recording();
}

/**
 * The file ends with `rest` bytes that the decoder did not take.
 * @throws DatasetError `events-truncated`
 */
export function endDecoding(decoder: Decoder, collector: EventCollector, rest: number, offset: number): void {
  const { file, truncated } = collector.rules;
  if (decoder.isPastHeader && (rest === 0 || truncated === 'drop')) return;
  throw new DatasetError('events-truncated', {
    file,
    offset,
    field: decoder.isPastHeader ? 'end of the file' : 'header',
    expected: decoder.isPastHeader ? decoder.piece : 'a whole header',
    received: rest === 0 ? 'nothing' : `${rest} byte${rest === 1 ? '' : 's'}`,
    remedy: decoder.isPastHeader ? "It can be left out with truncated: 'drop' (--reading truncated=drop)." : undefined,
  });
}

/** Makes the errors of one file: what is wrong at an offset of it. */
export function refusals(file: string | undefined) {
  return (code: DatasetErrorCode, offset: number, field: string, expected: string, received: string) =>
    new DatasetError(code, { file, offset, field, expected, received });
}

/** A view for numbers of several bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
