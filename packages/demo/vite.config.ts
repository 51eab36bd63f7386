import { serwist } from '@serwist/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  // The folder can be put anywhere on a server.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    // Everything is kept, so that the page works without a network once it has been open.
    serwist({
      swSrc: 'src/offline.ts',
      swDest: 'offline.js',
      globDirectory: 'dist',
      injectionPoint: 'self.__SW_MANIFEST',
      globPatterns: ['**/*.{html,js,css,svg,wasm,bin,bs2,gz,json,safetensors}'],
      maximumFileSizeToCacheInBytes: 8 << 20,
      rollupFormat: 'iife',
    }),
  ],
  optimizeDeps: { exclude: ['@certispike/sdk', '@certispike/datasets'] },
  worker: { format: 'es' },
  build: { target: 'es2022' },
});
