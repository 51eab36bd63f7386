import type { EventFolderOptions } from '@certispike/datasets';
import * as v from 'valibot';
import { readValue } from './short-form.js';

/** Names of what may be said of the reading of recordings, as the data sets package has them. */
const names = [
  'width',
  'height',
  'unsorted',
  'outside',
  'truncated',
  'empty',
  'overflow',
  'row240',
  'camera',
  'orientation',
  'packets',
  'stream',
  'maxEvents',
] as const;

/** How files of recordings are read; which values a name may have, the data sets package says. */
export const reading = v.record(
  v.picklist(names, `one of ${names.join(', ')}`),
  v.union([v.string(), v.number()], 'a word or a number'),
  'name=value with commas between, such as width=240,height=180,outside=drop',
);

/** What of the reading of recordings is said otherwise. */
export type Reading = v.InferOutput<typeof reading>;

/** The same as options of the data sets package, which checks the values. */
export const fileOptions = (said: Reading | undefined) => said as EventFolderOptions['files'];

/** `name=value` with commas between them, or JSON. What does not fit is returned as it came, for the schema to refuse. */
export function readReading(text: string): unknown {
  if (text.startsWith('{')) return readValue(text);
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some(([name, value, ...rest]) => !name || !value || rest.length > 0)) return text;
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.trim(), readValue(value.trim())]));
}

export const readingHelp =
  'how recordings are read, such as width=240,height=180 (sides of the sensor), unsorted=sort|drop, outside=drop, truncated=drop, ' +
  'empty=allow, overflow=unwrap, row240, camera, orientation, packets, stream';
