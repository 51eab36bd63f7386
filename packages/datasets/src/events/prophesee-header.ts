import type { Sensor } from './recording.js';
import { LARGEST_SIDE } from './recording.js';
import { readTextHeader, type TextHeader } from './text-header.js';

/** What the `%` lines of Prophesee's files say. */
export interface PropheseeHeader extends TextHeader {
  readonly encoding: 'dat' | 'evt2' | 'evt3' | 'other';
  /** Words of the header that named the encoding. */
  readonly said: string;
  readonly sensor: Sensor | undefined;
}

/** @returns undefined when more bytes are needed. */
export function readPropheseeHeader(
  bytes: Uint8Array,
  isWhole: boolean,
  file: string | undefined,
): PropheseeHeader | undefined {
  const header = readTextHeader(bytes, '%', (line) => line === 'end', isWhole, file);
  if (header === undefined) return undefined;
  const big = header.lines.find((line) => /^endianness\s+big/i.test(line));
  const said = big ?? header.lines.find((line) => /^(evt|format)\b/i.test(line)) ?? '';
  return { ...header, encoding: encodingOf(said), said, sensor: sensorOf(header.lines) };
}

/** `evt 3.0`, `format EVT3;height=720;width=1280`. */
function encodingOf(said: string): PropheseeHeader['encoding'] {
  if (said === '') return 'dat';
  const version = /^(?:evt|format\s+evt)\s*(\d+)(?:\.(\d+))?/i.exec(said);
  // EVT 2.1 packs events otherwise than 2.0; format names it EVT21.
  if (version === null || (version[2] ?? '0') !== '0') return 'other';
  return version[1] === '2' ? 'evt2' : version[1] === '3' ? 'evt3' : 'other';
}

/** `geometry 1280x720`; `Width 304` and `Height 240`; `format EVT3;height=720;width=1280`. */
function sensorOf(lines: readonly string[]): Sensor | undefined {
  const text = lines.join('\n');
  const geometry = /^geometry\s+(\d{1,5})x(\d{1,5})/im.exec(text);
  const width = geometry?.[1] ?? /\bwidth[\s=]+(\d{1,5})\b/i.exec(text)?.[1];
  const height = geometry?.[2] ?? /\bheight[\s=]+(\d{1,5})\b/i.exec(text)?.[1];
  const sensor = { width: Number(width), height: Number(height) };
  const isSide = (side: number) => side >= 1 && side <= LARGEST_SIDE;
  return isSide(sensor.width) && isSide(sensor.height) ? sensor : undefined;
}
