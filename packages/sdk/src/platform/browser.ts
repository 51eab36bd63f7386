import { CertispikeError, reasonOf } from '../error.js';
import type { Platform } from './platform.js';

/** Bundlers find files whose URL is written out. */
const urls = {
  core: () => new URL('./snn_core_bg.wasm', import.meta.url),
  training: () => new URL('./snn_training_bg.wasm', import.meta.url),
  formats: () => new URL('./snn_formats_bg.wasm', import.meta.url),
  graphs: () => new URL('./snn_graphs_bg.wasm', import.meta.url),
};

/** Current browsers: module workers, `fetch`, no files. */
export const browser: Platform = {
  async compile(name) {
    const { href } = urls[name]();
    const failed = (words: string, cause?: unknown) => new CertispikeError('core-load', `${href} ${words}`, { cause });
    const response = await fetch(href).catch((error: unknown) => {
      throw failed(`could not be fetched (${reasonOf(error)})`, error);
    });
    if (!response.ok) throw failed(`answered ${response.status}`);
    const bytes = await response.arrayBuffer();
    // Servers that do not know .wasm send a type that compileStreaming refuses.
    return WebAssembly.compile(bytes).catch((error: unknown) => {
      throw failed(
        `is ${response.headers.get('Content-Type') ?? 'of no type'} and does not compile (${reasonOf(error)})`,
        error,
      );
    });
  },

  cores: () => navigator.hardwareConcurrency,

  spawn(onEnd) {
    if (typeof Worker !== 'function') throw new CertispikeError('unsupported', noWorkers);
    // Bundlers find the worker only when the URL is written inside the call.
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.addEventListener('error', ({ message }) => {
      if (!knowsModules()) onEnd(noWorkers, 'unsupported');
      else
        onEnd(
          message || 'it could not be loaded; is it served as JavaScript, and does the policy of the page allow it?',
        );
    });
    worker.addEventListener('messageerror', () => onEnd('a message could not be read'));
    return { endpoint: worker, keepAlive: () => undefined, terminate: () => Promise.resolve(worker.terminate()) };
  },
};

const noWorkers = 'environment: expected module workers, got none; please update the browser';

/** Whether workers can be modules: a browser that does not know of that does not look at the type. */
function knowsModules(): boolean {
  let looked = false;
  const options = {
    get type() {
      looked = true;
      return 'module' as const;
    },
  };
  try {
    new Worker('data:text/javascript,', options).terminate();
  } catch {
    // The policy of the page may forbid it; the type has been looked at.
  }
  return looked;
}
