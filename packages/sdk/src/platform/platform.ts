import type { Endpoint } from 'comlink';
import { CertispikeError } from '../error.js';
import type { Files } from './files.js';

/** A thread that may end at any time. */
export interface Thread {
  /** For comlink. */
  readonly endpoint: Endpoint;
  /** Whether a thread at work keeps the process alive; an idle one does not. */
  keepAlive(alive: boolean): void;
  /** Resolves when it is gone. */
  terminate(): Promise<void>;
}

/** The WebAssembly modules of this package. */
export type ModuleName = 'core' | 'training' | 'formats' | 'graphs';

/** What differs between Node and browsers. */
export interface Platform {
  /** A module that computes, or one that knows file formats. */
  compile(name: ModuleName): Promise<WebAssembly.Module>;
  /** Processors that can work at once. */
  cores(): number;
  /**
   * @param onEnd called when the thread ends or fails, with the reason; `unsupported` where no thread can do better
   * @throws CertispikeError `unsupported` where there are no threads
   */
  spawn(onEnd: (reason: string, code?: 'unsupported') => void): Thread;
  /** Undefined where there are no files. */
  readonly files?: Files;
}

let current: Platform | undefined;

/** Called once by the entry point of each environment. */
export function usePlatform(platform: Platform): void {
  current = platform;
}

export function currentPlatform(): Platform {
  if (current === undefined)
    throw new CertispikeError('internal', 'platform: the package was loaded without an entry point');
  return current;
}
