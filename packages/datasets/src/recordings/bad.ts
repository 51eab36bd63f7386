import { DatasetError } from '../error.js';

/**
 * One error for all recordings of a data set that could not be read; its `cause` is an `AggregateError` of theirs.
 * @param place folder or file of the data set.
 * @param count recordings in all.
 */
export function badRecordings(place: string, bad: readonly DatasetError[], count: number): DatasetError {
  return new DatasetError(
    'recordings-bad',
    {
      file: place,
      field: 'recordings',
      expected: `${count} that can be read`,
      received: `${bad.length} that cannot: ${bad
        .map(({ message }) => message)
        .join(' ')
        .replace(/\.$/, '')}`,
      remedy: 'Repair or remove them, or go on without them with skipBad (--skip-bad).',
    },
    new AggregateError(bad, `${bad.length} bad recordings`),
  );
}

/**
 * The errors of single recordings behind one with the code `recordings-bad`.
 * @example
 * ```ts
 * import { errorsOfRecordings, eventFolder, isDatasetError } from '@certispike/datasets';
 *
 *
 * await eventFolder('recordings').catch((error: unknown) => {
 *   if (!isDatasetError(error)) throw error;
 *   for (const { message } of errorsOfRecordings(error)) console.log(message);
 * });
 * ```
 */
export function errorsOfRecordings({ cause }: DatasetError): readonly DatasetError[] {
  return cause instanceof AggregateError ? (cause.errors as DatasetError[]) : [];
}
