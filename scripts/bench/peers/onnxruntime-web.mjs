import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interpreter } from './python.mjs';

const program = fileURLToPath(new URL('./node/serve.mjs', import.meta.url));

/** The dense network in onnxruntime-web, on WebAssembly with SIMD and threads: inference of linear layers. */
export const onnxruntimeWeb = {
  name: 'onnxruntime-web',
  supports: ({ name, network }) => name === 'inference' && network === 'fc',
  launch: ({ directory, threads }) => ({
    command: process.execPath,
    args: [
      program,
      join(directory, 'node'),
      String(threads),
      interpreter(join(directory, 'venv')),
      join(directory, 'onnx'),
    ],
  }),
};
