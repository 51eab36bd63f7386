import { stat } from 'node:fs/promises';
import type { Source } from '@certispike/sdk';
import { CliError } from './failure.js';

/** A data set cut into its three parts. */
export interface DataSet {
  readonly train: Source;
  /** Held out of the training set for choosing models; never the test set. */
  readonly validation: Source;
  readonly test: Source;
}

/**
 * Opens a data set.
 * @param name `mnist`, or a folder with the four IDX files (gzipped or not)
 * @param validation how many training examples are held out, a twelfth by default; the same ones for a given count,
 *   whatever the seed of the training
 */
export async function openDataSet(name: string, validation: number | undefined): Promise<DataSet> {
  // Loaded only when data is read: help and mistakes should answer at once.
  const { mnist } = await import('@certispike/datasets');
  if (name === 'mnist') return mnist({ validation });
  const info = await stat(name).catch(() => undefined);
  if (info === undefined) {
    throw new CliError(
      'unknown-data-set',
      `data: expected mnist or a folder with IDX files, got ${JSON.stringify(name)}`,
    );
  }
  if (!info.isDirectory()) {
    throw new CliError('not-a-folder', `data: expected a folder with IDX files, got a file: ${name}`);
  }
  return mnist({ source: 'folder', folder: name, validation });
}
