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
});
