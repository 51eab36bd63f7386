import { DatasetError } from '../error.js';

/** Lines of text in front of the events, without their first character and line ends. */
export interface TextHeader {
  readonly lines: readonly string[];
  /** Bytes of the header: the first event stands there. */
  readonly bytes: number;
}

/** Longest header that is read: cameras put their settings there, which are far shorter. */
export const LONGEST_HEADER = 2 ** 22;

const LINE_FEED = 10;

/**
 * Reads the lines that start with `mark`, up to a line that `isLast` or the first that starts otherwise.
 * @param isWhole whether `bytes` reach the end of the file, so that a header may end there.
 * @returns undefined when more bytes are needed.
 * @throws DatasetError `events-header` above {@link LONGEST_HEADER}
 */
export function readTextHeader(
  bytes: Uint8Array,
  mark: '#' | '%',
  isLast: (line: string) => boolean,
  isWhole: boolean,
  file: string | undefined,
): TextHeader | undefined {
  const lines: string[] = [];
  const first = mark.charCodeAt(0);
  let at = 0;
  while (at < bytes.length && bytes[at] === first) {
    const end = bytes.indexOf(LINE_FEED, at);
    if (end < 0 || end >= LONGEST_HEADER) {
      if (bytes.length < LONGEST_HEADER) return undefined;
      throw new DatasetError('events-header', {
        file,
        offset: at,
        field: 'header',
        expected: `lines that start with ${mark}, ${LONGEST_HEADER} bytes at most`,
        received: 'more',
      });
    }
    const line = latin(bytes.subarray(at + 1, end))
      .replace(/\r$/, '')
      .trim();
    lines.push(line);
    at = end + 1;
    if (isLast(line)) return { lines, bytes: at };
  }
  return at < bytes.length || isWhole ? { lines, bytes: at } : undefined;
}

/** Bytes as text, one character each: nothing is lost, and nothing fails. */
export function latin(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}
