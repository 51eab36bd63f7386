import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  // `index` is Node's entry, `browser` that of browsers and bundlers. The workers are entries of their own, which
  // `new Worker(new URL('./worker.js', import.meta.url))` must find in a flat dist.
  entry: {
    index: 'src/node.ts',
    browser: 'src/browser.ts',
    worker: 'src/worker.ts',
    'worker-node': 'src/worker-node.ts',
  },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  // A page can then use the files without a bundler.
  noExternal: ['comlink', 'valibot', 'wasm-feature-detect'],
  esbuildOptions(options) {
    options.mainFields = ['module', 'main'];
    options.legalComments = 'inline';
  },
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
  async onSuccess() {
    await copyFile('core/snn_core_bg.wasm', 'dist/snn_core_bg.wasm');
  },
});
