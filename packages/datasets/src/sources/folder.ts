import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../error.js';
import type { FileReader, MnistFile } from './mnist-files.js';

/**
 * Reads the files from a local folder, gzipped or not, under their official names or with a dot (`train-images.idx3-ubyte`).
 * @throws DatasetError `folder-missing`, `file-missing`, `file-unreadable`.
 */
export function folderReader(folder: string): FileReader {
  return async (file: MnistFile) => {
    const present = new Set(await list(folder));
    const names = [file.name, `${file.name}.gz`, file.alias, `${file.alias}.gz`];
    const name = names.find((candidate) => present.has(candidate));
    if (name === undefined) {
      throw new DatasetError('file-missing', {
        file: folder,
        field: 'folder',
        expected: `one of ${names.join(', ')}`,
        received: present.size === 0 ? 'an empty folder' : 'none of them',
      });
    }
    return { file: name, bytes: await read(join(folder, name)) };
  };
}

/** @throws DatasetError `folder-missing`. */
export async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DatasetError(
      'folder-missing',
      {
        file: folder,
        field: 'folder',
        expected: 'a readable folder with the files of the data set',
        received: code === 'ENOENT' ? 'nothing there' : code === 'ENOTDIR' ? 'a file' : `error ${code}`,
      },
      cause,
    );
  }
}

/** @throws DatasetError `file-unreadable`. */
export async function read(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DatasetError(
      'file-unreadable',
      { file: path, field: 'file', expected: 'a readable file', received: `error ${code}` },
      cause,
    );
  }
}
