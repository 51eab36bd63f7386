/** Every way in which reading a data set can fail; stable strings that programs may test. */
export type DatasetErrorCode =
  | 'option-invalid'
  | 'gzip-corrupt'
  | 'gzip-too-large'
  | 'idx-truncated'
  | 'idx-magic'
  | 'idx-type'
  | 'idx-dimensions'
  | 'idx-length'
  | 'json-format'
  | 'image-format'
  | 'label-format'
  | 'label-range'
  | 'count-mismatch'
  | 'checksum-mismatch'
  | 'crypto-missing'
  | 'package-missing'
  | 'folder-missing'
  | 'file-missing'
  | 'file-unreadable'
  | 'fetch-failed'
  | 'download-failed'
  | 'cache-unusable'
  | 'disk-full'
  | 'not-in-browser'
  | 'events-format'
  | 'events-header'
  | 'events-truncated'
  | 'events-corrupt'
  | 'events-order'
  | 'events-overflow'
  | 'events-outside'
  | 'events-empty'
  | 'events-too-many'
  | 'codecs-missing'
  | 'recording-invalid'
  | 'frames-missing'
  | 'frames-too-large'
  | 'sensor-mismatch'
  | 'label-missing'
  | 'recordings-missing'
  | 'recordings-bad'
  | 'zip-corrupt'
  | 'zip-too-large';

/** What went wrong, in parts; the message is made of them. */
export interface DatasetErrorDetail {
  /** File, URL or folder the error is about. */
  readonly file?: string | undefined;
  /** Byte of the file at which it was found, counted from 0. */
  readonly offset?: number | undefined;
  /** The field or option that is wrong, e.g. `magic number` or `validation`. */
  readonly field: string;
  /** What should have been there. */
  readonly expected: string;
  /** What was there instead. */
  readonly received: string;
  /** What the user can do about it. */
  readonly remedy?: string | undefined;
}

/** Works across realms and duplicated copies of the package, where `instanceof` does not. */
const BRAND = Symbol.for('certispike.DatasetError');

/**
 * The one error class of this package: `message` reads "file: byte offset: field: expected ..., got .... remedy".
 * @example
 * ```ts
 * import { DatasetError, mnist } from '@certispike/datasets';
 *
 *
 * const error: unknown = await mnist({ folder: 'nowhere' }).catch((thrown: unknown) => thrown);
 * if (error instanceof DatasetError) console.log(error.code); // folder-missing
 * ```
 */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;
  readonly detail: DatasetErrorDetail;

  constructor(code: DatasetErrorCode, detail: DatasetErrorDetail, cause?: unknown) {
    const place = detail.offset === undefined ? '' : `byte ${detail.offset}: `;
    const where = (detail.file === undefined ? '' : `${detail.file}: `) + place;
    const remedy = detail.remedy === undefined ? '' : ` ${detail.remedy}`;
    const message = `${where}${detail.field}: expected ${detail.expected}, got ${detail.received}.${remedy}`;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * True for a `DatasetError`, also one of another realm or another copy of this package.
 * @example
 * ```ts
 * import { isDatasetError, readNmnist } from '@certispike/datasets';
 *
 *
 * try {
 *   readNmnist(new Uint8Array(7));
 * } catch (error) {
 *   if (isDatasetError(error)) console.log(error.code, error.detail.expected);
 * }
 * ```
 */
export function isDatasetError(value: unknown): value is DatasetError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/**
 * Returns `value` when it is an integer in `[least, most]`.
 * @throws DatasetError `option-invalid` otherwise.
 */
export function integerOption(field: string, value: unknown, least: number, most: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  throw new DatasetError('option-invalid', {
    field,
    expected: `an integer from ${least} to ${most}`,
    received: show(value),
  });
}

/**
 * Returns `value` when it is one of `choices`, the first of them when it is undefined.
 * @throws DatasetError `option-invalid` otherwise.
 */
export function choiceOption<T extends string>(field: string, value: unknown, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value as T)) return value as T;
  throw new DatasetError('option-invalid', { field, expected: `one of ${choices.join(', ')}`, received: show(value) });
}

/** A short rendering of any value for an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
