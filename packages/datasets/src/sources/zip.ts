import { createReadStream } from 'node:fs';
import { Unzip, type UnzipFile, UnzipInflate } from 'fflate';
import { DatasetError } from '../error.js';
import { concatenate } from '../parsers/gzip.js';

/** One file of a zip archive. */
export interface ZipEntry {
  /** Path in the archive, with forward slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Which files of an archive to read, and how much of them. */
export interface ZipOptions {
  readonly wants: (name: string) => boolean;
  /** Largest file of those wanted, in bytes after decompression. */
  readonly largest: number;
  readonly signal?: AbortSignal | undefined;
}

const CHUNK = 2 ** 20;

/**
 * The wanted files of a zip archive in its order, without holding more of it than one file and a piece of the archive.
 * @throws DatasetError `file-unreadable`, `zip-corrupt`, `zip-too-large`; the signal's reason.
 */
export async function* zipEntries(path: string, options: ZipOptions): AsyncGenerator<ZipEntry> {
  const reader = new ZipReader(path, options);
  const stream = createReadStream(path, { highWaterMark: CHUNK });
  try {
    for await (const chunk of stream) {
      options.signal?.throwIfAborted();
      const bytes = chunk as Buffer;
      yield* reader.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), false);
    }
    yield* reader.push(new Uint8Array(0), true);
  } catch (error) {
    throw fileFailure(path, error);
  } finally {
    stream.destroy();
  }
}

class ZipReader {
  readonly #path: string;
  readonly #unzip: Unzip;
  /** Files begun and not finished. */
  readonly #open = new Set<string>();
  #seen = 0;
  #done: ZipEntry[] = [];
  #failure: DatasetError | undefined;

  constructor(path: string, options: ZipOptions) {
    this.#path = path;
    this.#unzip = new Unzip((file) => {
      this.#seen += 1;
      if (options.wants(file.name)) this.#read(file, options.largest);
    });
    this.#unzip.register(UnzipInflate);
  }

  push(bytes: Uint8Array, isLast: boolean): ZipEntry[] {
    try {
      this.#unzip.push(bytes, isLast);
    } catch (cause) {
      throw this.#failure ?? this.#corrupt('archive', (cause as Error).message, cause);
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (isLast && this.#seen === 0) throw this.#corrupt('archive', 'something else');
    const [unfinished] = this.#open;
    if (isLast && unfinished !== undefined) throw this.#corrupt(unfinished, 'the end of the archive');
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #read(file: UnzipFile, largest: number): void {
    const { name } = file;
    const parts: Uint8Array[] = [];
    let length = 0;
    this.#open.add(name);
    file.ondata = (error, data, isFinal) => {
      if (this.#failure !== undefined) return;
      if (error !== null) {
        this.#failure = this.#corrupt(name, error.message, error);
        return;
      }
      length += data.length;
      if (length > largest) {
        this.#failure = new DatasetError('zip-too-large', {
          file: this.#path,
          field: name,
          expected: `at most ${largest} bytes`,
          received: 'more',
        });
        file.terminate();
        return;
      }
      parts.push(data);
      if (!isFinal) return;
      this.#open.delete(name);
      this.#done.push({ name, bytes: concatenate(parts, length) });
    };
    file.start();
  }

  #corrupt(field: string, received: string, cause?: unknown): DatasetError {
    const detail = { file: this.#path, field, expected: 'a whole, undamaged zip archive', received };
    return new DatasetError('zip-corrupt', detail, cause);
  }
}

function fileFailure(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).syscall === undefined ? undefined : (error as { code?: string }).code;
  if (code === undefined) return error;
  const detail = { file: path, field: 'file', expected: 'a readable file', received: `error ${code}` };
  return new DatasetError('file-unreadable', detail, error);
}
