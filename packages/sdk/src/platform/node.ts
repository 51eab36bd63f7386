import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { reasonOf } from '../error.js';
import { nodeEndpoint } from './node-endpoint.js';
import { nodeFiles } from './node-files.js';
import type { Platform } from './platform.js';

/** Node, and what is compatible with it: worker threads and files. */
export const node: Platform = {
  async compile(name) {
    return WebAssembly.compile(await readFile(new URL(`./snn_${name}_bg.wasm`, import.meta.url)));
  },

  cores: availableParallelism,

  spawn(onEnd) {
    // Flags of the process, such as --input-type, may be wrong for a worker.
    const worker = new Worker(new URL('./worker-node.js', import.meta.url), { execArgv: [] });
    worker.on('error', (error) => onEnd(reasonOf(error)));
    worker.on('messageerror', (error) => onEnd(error.message));
    worker.on('exit', (code) => onEnd(`it exited with status ${code}`));
    return {
      endpoint: nodeEndpoint(worker),
      keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
      terminate: () => worker.terminate().then(() => undefined),
    };
  },

  files: nodeFiles,
};
