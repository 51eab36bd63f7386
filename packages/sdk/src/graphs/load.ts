import { CertispikeError, reasonOf } from '../error.js';
import { currentPlatform } from '../platform/platform.js';
import { initSync } from './bindings.js';

let loaded: Promise<void> | undefined;

/**
 * Makes graph files (HDF5) readable and writable, by a module that is loaded for them alone.
 * @throws CertispikeError `core-load`
 */
export function loadGraphs(): Promise<void> {
  loaded ??= load().catch((error: unknown) => {
    // The next call tries again.
    loaded = undefined;
    const message = `graph files: expected a WebAssembly module, got: ${reasonOf(error)}`;
    throw new CertispikeError('core-load', message, { cause: error });
  });
  return loaded;
}

async function load(): Promise<void> {
  initSync({ module: await currentPlatform().compile('graphs') });
}
