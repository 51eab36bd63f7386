import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { guard } from './cache.js';

/** Partial files that downloads of this process are writing. */
const active = new Set<string>();
let serial = 0;

/**
 * A file that is not whole yet, beside the place where it will be: `<name>.<process>-<serial>.part`. The name says whose
 * it is, so that two processes never write to one file, and one left by a process that is gone is found and resumed.
 */
export class Partial {
  readonly #target: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Bytes in the file. */
  #size: number;

  private constructor(target: string, path: string, handle: FileHandle, size: number) {
    this.#target = target;
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /**
   * Opens a partial file for `target`: the longest abandoned one (others are removed), else a new one.
   * @throws DatasetError `cache-unusable`, `disk-full`.
   */
  static async open(target: string): Promise<Partial> {
    const path = `${target}.${process.pid}-${(serial += 1)}.part`;
    active.add(path);
    try {
      return await guard(path, async () => {
        await adopt(target, path);
        // 'a+' makes it when it is not there; writes are at explicit places, which 'a' would ignore.
        await (await open(path, 'a+')).close();
        const handle = await open(path, 'r+');
        return new Partial(target, path, handle, (await handle.stat()).size);
      });
    } catch (error) {
      active.delete(path);
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** @throws DatasetError `disk-full`, `cache-unusable`. */
  async append(bytes: Uint8Array): Promise<void> {
    await guard(this.#path, async () => {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#size);
        done += bytesWritten;
        this.#size += bytesWritten;
      }
    });
  }

  /** Empties the file. */
  async clear(): Promise<void> {
    if (this.#size > 0) await guard(this.#path, () => this.#handle.truncate(0));
    this.#size = 0;
  }

  /** Where the file is until it is whole. */
  get path(): string {
    return this.#path;
  }

  /** Puts the file in its place, whole or not at all: it reaches the disk before its name changes. */
  async commit(): Promise<void> {
    await guard(this.#path, async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#path, this.#target);
    });
    active.delete(this.#path);
  }

  /** Leaves the file for a later download to resume; an empty one is removed. */
  async leave(): Promise<void> {
    // Called on the way out of an error, which must not be hidden by another.
    await this.#handle.close().catch(() => undefined);
    if (this.#size === 0) await rm(this.#path, { force: true }).catch(() => undefined);
    active.delete(this.#path);
  }
}

async function adopt(target: string, path: string): Promise<void> {
  const folder = dirname(target);
  const abandoned: { path: string; size: number }[] = [];
  for (const name of await readdir(folder)) {
    const candidate = join(folder, name);
    if (!isAbandoned(name, basename(target)) || active.has(candidate)) continue;
    const info = await stat(candidate).catch(() => undefined);
    if (info !== undefined) abandoned.push({ path: candidate, size: info.size });
  }
  abandoned.sort((a, b) => b.size - a.size);
  let adopted = false;
  for (const candidate of abandoned) {
    if (adopted) await rm(candidate.path, { force: true });
    // A process that was faster may have taken it; then the next one, or a new file, serves as well.
    else
      adopted = await rename(candidate.path, path).then(
        () => true,
        () => false,
      );
  }
}

function isAbandoned(name: string, target: string): boolean {
  if (!name.startsWith(`${target}.`)) return false;
  const owner = /^(\d+)-\d+\.part$/.exec(name.slice(target.length + 1))?.[1];
  if (owner === undefined) return false;
  const pid = Number(owner);
  return pid === process.pid || !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
