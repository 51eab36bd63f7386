import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { certispike: 'src/certispike.ts' },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
});
