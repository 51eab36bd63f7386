import { DatasetError } from '../error.js';
import { verifySha256 } from '../parsers/checksum.js';
import { gunzip, isGzip } from '../parsers/gzip.js';
import type { Found, MnistFile } from './mnist-files.js';

/** What `contentOf` asks of a file. */
export interface ContentOptions {
  /** Whether it must have the published checksum. */
  readonly isVerified: boolean;
  /** Largest content in bytes; `gunzip`'s own limit by default. */
  readonly largest?: number | undefined;
}

/**
 * The IDX file in what was found, decompressed where it is gzipped.
 * @throws DatasetError `gzip-corrupt`, `gzip-too-large`, `checksum-mismatch`; the last also for a file that is not
 * compressed when only the checksum of the compressed one was published.
 */
export async function contentOf(found: Found, file: MnistFile, options: ContentOptions): Promise<Uint8Array> {
  const isArchive = isGzip(found.bytes);
  if (options.isVerified && file.archiveSha256 !== undefined) {
    if (!isArchive) throw uncheckable(found.file);
    await verifySha256(found.bytes, file.archiveSha256, found.file, 'the gzipped file');
  }
  const content = isArchive ? await gunzip(found.bytes, found.file, options.largest) : found.bytes;
  if (options.isVerified && file.sha256 !== undefined) await verifySha256(content, file.sha256, found.file);
  return content;
}

function uncheckable(file: string): DatasetError {
  return new DatasetError('checksum-mismatch', {
    file,
    field: 'compression',
    expected: 'the gzipped file, whose checksum was published',
    received: 'another file',
  });
}
