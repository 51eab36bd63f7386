import { simd } from 'wasm-feature-detect';
import { CertispikeError, reasonOf } from '../error.js';
import { bindings, type Core } from './bindings.js';

/**
 * A core as a module, compiled once per thread that asks first and posted to workers.
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

/** A core at work on this thread, with memory of its own. */
export class Instance<C extends Core> {
  readonly #module: WebAssembly.Module;
  #running: { readonly core: C; readonly memory: WebAssembly.Memory } | undefined;

  /** @param module the one that `C` says: what it lacks throws when it is called */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#start();
  }

  get core(): C {
    return (this.#running ?? this.#start()).core;
  }

  /** Bytes of memory that it has taken, which is the most it ever needed. */
  get bytes(): number {
    return this.#running?.memory.buffer.byteLength ?? 0;
  }

  /** Gives up a core that may be broken: whoever asks for one from now on gets another, with nothing in its memory. */
  renew(): void {
    this.#running = undefined;
  }

  #start() {
    const core = bindings();
    const { memory } = core.initSync({ module: this.#module });
    return (this.#running = { core: core as unknown as C, memory });
  }
}
