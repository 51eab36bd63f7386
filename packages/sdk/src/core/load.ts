import { simd } from 'wasm-feature-detect';
import { CertispikeError, reasonOf } from '../error.js';
import { initSync } from './bindings.js';

/**
 * The core as a module, compiled once per thread that asks first and posted to workers.
 * @param compile fetches and compiles the core in this environment
 * @throws CertispikeError `no-simd`, `core-load`
 */
export async function compileCore(compile: () => Promise<WebAssembly.Module>): Promise<WebAssembly.Module> {
  if (!(await simd())) {
    throw new CertispikeError('no-simd', 'environment: expected WebAssembly with SIMD, got none; please update it');
  }
  try {
    return await compile();
  } catch (error) {
    throw new CertispikeError('core-load', `core: expected a WebAssembly module, got: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

let memory: WebAssembly.Memory | undefined;

/** Makes this thread's instance of the core; the second time does nothing. */
export function instantiateCore(module: WebAssembly.Module): void {
  ({ memory } = initSync({ module }));
}

/** Bytes of memory that this thread's instance of the core has taken, which is the most it ever needed. */
export function coreMemory(): number {
  return memory?.buffer.byteLength ?? 0;
}
