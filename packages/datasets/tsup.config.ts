import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  // The exports map gives browsers an entry of their own, without the parts that need Node.
  entry: { index: 'src/index.ts', browser: 'src/browser.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
  async onSuccess() {
    await copyFile('codecs/event_codecs_bg.wasm', 'dist/event_codecs_bg.wasm');
  },
});
