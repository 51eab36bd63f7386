import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker is an entry of its own: `new Worker(new URL('./worker.js', import.meta.url))` must find it in a flat dist.
  entry: { index: 'src/index.ts', worker: 'src/worker.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
  async onSuccess() {
    await copyFile('core/snn_core_bg.wasm', 'dist/snn_core_bg.wasm');
  },
});
