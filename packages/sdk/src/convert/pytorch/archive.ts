import type { Entry, FileEntry, ZipReader } from '@zip.js/zip.js';
import { isCertispikeError, reasonOf } from '../../error.js';
import { malformed } from '../failure.js';

/**
 * How much larger than the file its records together may be. PyTorch stores numbers as they are; one who packed such a
 * file again gains little.
 */
const mostExpansion = 32;

/** Records of a checkpoint; more are those of another kind of archive. */
const mostRecords = 65536;

/** Letters of a name that messages show. */
const mostLetters = 100;

/** The records of a zip archive that `torch.save` wrote, without the name of the folder that they all lie in. */
export class Archive {
  readonly #file: string;
  readonly #entries: ReadonlyMap<string, FileEntry>;
  readonly #read = new Map<string, Promise<Uint8Array>>();
  /** Whether numbers are little-endian. */
  little = true;

  private constructor(file: string, entries: ReadonlyMap<string, FileEntry>) {
    this.#file = file;
    this.#entries = entries;
  }

  /**
   * @param file its name in messages
   * @throws CertispikeError `invalid-model-file`
   */
  static async open(file: string, bytes: Uint8Array): Promise<Archive> {
    // Only here is the library loaded.
    const zip = await import('./zip.js');
    const reader = new zip.ZipReader(new zip.Uint8ArrayReader(withoutSpareRecord(bytes)), {
      strictness: 'balanced',
      checkCrc32: true,
      checkOverlappingEntry: true,
    });
    const archive = new Archive(file, await entriesOf(file, reader, bytes.length));
    const order = archive.has('byteorder') ? new TextDecoder().decode(await archive.read('byteorder')) : 'little';
    if (order !== 'little' && order !== 'big') {
      throw malformed(
        `${file}: byteorder`,
        `expected little or big, got ${JSON.stringify(order.slice(0, mostLetters))}`,
      );
    }
    archive.little = order === 'little';
    return archive;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Bytes of a record. */
  sizeOf(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /**
   * The bytes of a record, whose checksum is verified; kept for who asks again.
   * @throws CertispikeError `invalid-model-file`
   */
  read(name: string): Promise<Uint8Array> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const bytes = this.#bytes(name);
    this.#read.set(name, bytes);
    return bytes;
  }

  async #bytes(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    const where = `${this.#file}: record ${name}`;
    if (entry === undefined) throw malformed(where, 'expected it in the archive, got none');
    try {
      const { Uint8ArrayWriter } = await import('./zip.js');
      const bytes = await entry.getData(new Uint8ArrayWriter());
      if (bytes.length === entry.uncompressedSize) return bytes;
      throw new Error(`${bytes.length} bytes where ${entry.uncompressedSize} are declared`);
    } catch (error) {
      const message = `expected a record that is whole, at offset ${entry.offset}, got: ${reasonOf(error)}`;
      throw malformed(where, message, error);
    }
  }
}

/** Bytes of the end of an archive without a comment, and of the 64-bit records that may stand before it. */
const [endLength, spareLength] = [22, 56 + 20];

/**
 * An archive without the 64-bit records that PyTorch writes although it needs none. The library takes the end of the
 * directory for 76 bytes later than it is, and reads from its second entry on where the first is of that very length.
 */
function withoutSpareRecord(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - endLength;
  if (end < spareLength) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [length, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  const spare = end - spareLength;
  const isSpare = view.getUint32(end, true) === 0x06054b50 && start + length === spare;
  if (!isSpare || view.getUint32(spare, true) !== 0x06064b50) return bytes;
  const shorter = new Uint8Array(bytes.length - spareLength);
  shorter.set(bytes.subarray(0, spare));
  shorter.set(bytes.subarray(end), spare);
  return shorter;
}

async function entriesOf(file: string, reader: ZipReader<unknown>, size: number): Promise<Map<string, FileEntry>> {
  const entries = new Map<string, FileEntry>();
  let total = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      total += entry.uncompressedSize;
      check(file, entry, total, size);
      if (entries.size >= mostRecords) throw malformed(file, `expected at most ${mostRecords} records, got more`);
      entries.set(entry.filename, entry);
    }
  } catch (error) {
    if (isCertispikeError(error)) throw error;
    throw malformed(
      file,
      `expected a zip archive that is whole, as torch.save writes it, got: ${reasonOf(error)}`,
      error,
    );
  }
  return withoutFolder(file, entries);
}

/** Refuses what unfolds to far more than the file, by the sizes that are declared; more than that is never written. */
function check(file: string, entry: Entry, total: number, size: number): void {
  const where = `record ${entry.filename.slice(0, mostLetters)} at offset ${entry.offset}`;
  if (entry.encrypted) throw malformed(`${file}: ${where}`, 'expected an open record, got an encrypted one');
  const most = size * mostExpansion;
  if (!(total <= most)) {
    const expected = `records of at most ${most} bytes, ${mostExpansion} times the file`;
    throw malformed(`${file}: ${where}`, `expected ${expected}, got ${total} bytes: a zip bomb?`);
  }
}

/** The records below the folder that `data.pkl` lies in: `archive/data.pkl` becomes `data.pkl`. */
function withoutFolder(file: string, entries: ReadonlyMap<string, FileEntry>): Map<string, FileEntry> {
  const pickles = [...entries.keys()].filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    const got = pickles.length > 1 ? 'several' : [...entries.keys()].slice(0, 8).join(', ').slice(0, mostLetters);
    throw malformed(
      file,
      `expected a zip archive of PyTorch with one record data.pkl, got ${got || 'an empty archive'}`,
    );
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  const inside = [...entries].filter(([name]) => name.startsWith(folder));
  return new Map(inside.map(([name, entry]) => [name.slice(folder.length), entry]));
}
