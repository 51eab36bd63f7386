import { DatasetError } from '../error.js';

/** One line of a file of labels. */
export interface LabelLine {
  /** Path of the recording, with or without its extension. */
  readonly file: string;
  /** Class: a number or a word. */
  readonly label: string;
  /** `train` or `test`, where a third column says it. */
  readonly split: string | undefined;
  /** Line of the file, from 1. */
  readonly line: number;
}

/**
 * Reads a file of labels: one recording a line, `path label` or `path label train|test`, with commas, semicolons, tabs or
 * spaces between; empty lines and lines that begin with `#` are left out, as is a first line that begins with `file`,
 * `name`, `path` or `sample`.
 * @throws DatasetError `label-format`
 */
export function parseLabels(text: string, file: string): LabelLine[] {
  const lines: LabelLine[] = [];
  const seen = new Map<string, number>();
  text.split(/\r?\n/).forEach((content, index) => {
    const line = index + 1;
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    const [name = '', label = '', split, ...rest] = cells(trimmed);
    if (lines.length === 0 && /^(file|name|path|sample)/i.test(name) && !/^\d+$/.test(label)) return;
    const isSplit = split === undefined || /^(train|test)$/i.test(split);
    if (name === '' || label === '' || !isSplit || rest.length > 0) {
      const expected = 'a path, a class, and perhaps train or test';
      throw new DatasetError('label-format', { file, field: `line ${line}`, expected, received: short(trimmed) });
    }
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      const expected = `every recording once, ${name} is on line ${earlier}`;
      throw new DatasetError('label-format', { file, field: `line ${line}`, expected, received: short(trimmed) });
    }
    seen.set(name, line);
    lines.push({ file: name, label, split: split?.toLowerCase(), line });
  });
  if (lines.length === 0) {
    throw new DatasetError('label-format', { file, field: 'lines', expected: 'at least one label', received: 'none' });
  }
  return lines;
}

function cells(line: string): string[] {
  const separator = [',', ';', '\t'].find((candidate) => line.includes(candidate)) ?? /\s+/;
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function short(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

/**
 * The classes of labels in the order of their numbers: whole numbers stand for themselves (0 to the largest), words are
 * sorted.
 * @throws DatasetError `label-range` above 256 classes
 */
export function classesOf(labels: Iterable<string>, file: string): string[] {
  const different = [...new Set(labels)];
  const areNumbers = different.every((label) => /^\d+$/.test(label));
  const classes = areNumbers
    ? Array.from({ length: Math.min(257, Math.max(...different.map(Number)) + 1) }, (_, index) => String(index))
    : different.sort();
  if (classes.length <= 256) return classes;
  throw new DatasetError('label-range', {
    file,
    field: 'classes',
    expected: 'at most 256',
    received: areNumbers ? `the number ${Math.max(...different.map(Number))}` : `${classes.length}`,
  });
}
