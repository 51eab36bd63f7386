import { compileCore, instantiateCore } from '../core/load.js';
import { currentPlatform } from '../platform/platform.js';

/** Compiled once for all engines of this thread. */
let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Makes the core usable on this thread.
 * @returns the module, for workers
 * @throws CertispikeError `no-simd`, `core-load`
 */
export async function loadCore(): Promise<WebAssembly.Module> {
  compiled ??= compileCore(() => currentPlatform().compile('core'));
  try {
    const module = await compiled;
    instantiateCore(module);
    return module;
  } catch (error) {
    // The next call tries again.
    compiled = undefined;
    throw error;
  }
}
