import { CertispikeError } from '../error.js';
import type { Files } from '../platform/files.js';
import { currentPlatform } from '../platform/platform.js';

/** Where a training's checkpoint is kept. */
export interface CheckpointStore {
  /** For messages and events. */
  readonly name: string;
  /** Undefined when there is none yet. */
  read(): Promise<Uint8Array | undefined>;
  /** Has to leave either the old or the new one in place. */
  write(bytes: Uint8Array): Promise<void>;
}

/** @throws CertispikeError `unsupported` in browsers */
export function filesOf(caller: string): Files {
  const { files } = currentPlatform();
  if (files !== undefined) return files;
  const message = `${caller}: expected an environment with files, got a browser; use the variant with bytes`;
  throw new CertispikeError('unsupported', message);
}

/** A file as a store. */
export function fileStore(path: string): CheckpointStore {
  const files = filesOf('checkpoint');
  return {
    name: path,
    async read() {
      try {
        return await files.read(path);
      } catch (error) {
        if (error instanceof CertispikeError && error.code === 'file-not-found') return undefined;
        throw error;
      }
    },
    write: (bytes) => files.write(path, bytes),
  };
}
