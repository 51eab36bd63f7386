import { CertispikeError } from '../error.js';
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
    const url = urls[name]();
    const response = await fetch(url);
    if (!response.ok) throw new CertispikeError('core-load', `${url.href} answered ${response.status}`);
    // Servers that do not know .wasm send a type that compileStreaming refuses.
    return WebAssembly.compile(await response.arrayBuffer());
  },

  cores: () => navigator.hardwareConcurrency,

  spawn(onEnd) {
    // Bundlers find the worker only when the URL is written inside the call.
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.addEventListener('error', (event) => onEnd(event.message || 'it could not be loaded'));
    worker.addEventListener('messageerror', () => onEnd('a message could not be read'));
    return { endpoint: worker, keepAlive: () => undefined, terminate: () => Promise.resolve(worker.terminate()) };
  },
};
