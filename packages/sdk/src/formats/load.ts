import { CertispikeError, reasonOf } from '../error.js';
import { currentPlatform } from '../platform/platform.js';
import { initSync } from './bindings.js';

let loaded: Promise<void> | undefined;

/**
 * Makes the file formats usable, which are a module of their own: a program that reads and writes no files does without.
 * @throws CertispikeError `core-load`
 */
export function loadFormats(): Promise<void> {
  loaded ??= load().catch((error: unknown) => {
    // The next call tries again.
    loaded = undefined;
    const message = `file formats: expected a WebAssembly module, got: ${reasonOf(error)}`;
    throw new CertispikeError('core-load', message, { cause: error });
  });
  return loaded;
}

async function load(): Promise<void> {
  initSync({ module: await currentPlatform().compile('formats') });
}
