import { loadCodecs } from '../codecs/codecs.js';
import { DatasetError, show } from '../error.js';
import { aedat2Decoder, type Aedat2Options } from './aedat2.js';
import { aedat3Decoder, type Aedat3Options } from './aedat3.js';
import { aedat4Decoder, type Aedat4Options } from './aedat4.js';
import type { EventCollector } from './collector.js';
import { datDecoder } from './dat.js';
import type { Decoder } from './decoder.js';
import { evt2Decoder } from './evt2.js';
import { evt3Decoder } from './evt3.js';
import { nmnistDecoder, type NmnistOptions } from './nmnist.js';
import { readPropheseeHeader } from './prophesee-header.js';
import type { ShdOptions } from './shd.js';
import { latin } from './text-header.js';

/** Formats whose files are read from front to back. */
export type StreamFormat = 'nmnist' | 'dat' | 'evt2' | 'evt3' | 'aedat2' | 'aedat3' | 'aedat4';

/** Formats of event recordings. */
export type EventFormat = StreamFormat | 'shd';

/** Options of all formats; each takes those it knows. */
export interface FormatOptions extends NmnistOptions, Aedat2Options, Aedat3Options, Aedat4Options, ShdOptions {}

/** A decoder of a format, once what it needs is loaded. */
export async function decoderOf(
  format: StreamFormat,
  collector: EventCollector,
  options: FormatOptions,
): Promise<Decoder> {
  switch (format) {
    case 'nmnist':
      return nmnistDecoder(collector, options);
    case 'dat':
      return datDecoder(collector, options);
    case 'evt2':
      return evt2Decoder(collector);
    case 'evt3':
      return evt3Decoder(collector);
    case 'aedat2':
      return aedat2Decoder(collector, options);
    case 'aedat3':
      return aedat3Decoder(collector, options);
    case 'aedat4':
      return aedat4Decoder(collector, options, await loadCodecs());
  }
}

const HDF5 = '\x89HDF\r\n\x1a\n';
const AEDAT = /^#!AER-DAT(\d+)\.\d/;
/** Bytes that tell all formats but those with `%` lines, whose whole header is needed, and N-MNIST, which has no mark. */
const MARK = 16;
/** Events of a file without a mark that must follow one another in time for it to be N-MNIST: so many, if it has them. */
const FEWEST = 8;
const MOST = 64;

/**
 * The format of a file, by its first bytes; the name decides only for N-MNIST, whose files have no mark.
 * @param isWhole whether `head` is the whole file.
 * @returns undefined when more bytes are needed.
 * @throws DatasetError `events-format` when it is none of them
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { formatOf } from '@certispike/datasets';
 *
 *
 * console.log(formatOf(await readFile('recording.aedat4'), undefined, true)); // aedat4
 * ```
 */
export function formatOf(head: Uint8Array, name: string | undefined, isWhole: boolean): EventFormat | undefined {
  const text = latin(head.subarray(0, MARK));
  if (text.startsWith(HDF5)) return 'shd';
  const version = AEDAT.exec(text)?.[1];
  if (version === '2') return 'aedat2';
  if (version === '3') return 'aedat3';
  if (version === '4') return 'aedat4';
  if (version === undefined && text.startsWith('%')) {
    const header = readPropheseeHeader(head, isWhole, name);
    // A header that the end of the file cuts is the decoder's to judge.
    if (header === undefined) return isWhole ? 'dat' : undefined;
    if (header.encoding !== 'other') return header.encoding;
    throw unknown(name, `an encoding "${header.said}"`);
  }
  if (version === undefined) {
    if (head.length < MARK && !isWhole) return undefined;
    if (/\.(bin|bs2)$/i.test(name ?? '')) return 'nmnist';
    if (head.length < 5 * MOST && !isWhole) return undefined;
    if (isChronological(head)) return 'nmnist';
  }
  throw unknown(name, head.length === 0 ? 'an empty file' : `a file that starts with ${show(text)}`);
}

/** Whether the first 40-bit events follow one another in time, and are enough to tell. */
function isChronological(head: Uint8Array): boolean {
  let last = 0;
  const events = Math.min(MOST, Math.floor(head.length / 5));
  for (let at = 0; at < 5 * events; at += 5) {
    const time = ((head[at + 2]! & 0x7f) << 16) | (head[at + 3]! << 8) | head[at + 4]!;
    if (time < last) return false;
    last = time;
  }
  return events >= FEWEST;
}

function unknown(file: string | undefined, received: string): DatasetError {
  return new DatasetError('events-format', {
    file,
    field: 'format',
    expected: 'N-MNIST (.bin, .bs2), .dat, EVT 2.0 or 3.0 (.raw), AEDAT 2.0, 3.1 or 4.0, or HDF5 of SHD or SSC',
    received,
  });
}
