import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./python/', import.meta.url));

/** The interpreter of a virtual environment. */
export const interpreter = (venv) =>
  process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');

/**
 * How a Python peer is started. glibc returns large blocks to the system and gets them back page by page, zeroed, in
 * every run; told to keep them, PyTorch is up to a third faster. PyTorch's guide to performance has other allocators
 * for the same purpose.
 */
export const served =
  (module) =>
  ({ directory, threads }) => ({
    command: interpreter(join(directory, 'venv')),
    args: [join(folder, 'serve.py'), module, String(threads)],
    env: {
      PYTHONDONTWRITEBYTECODE: '1',
      OMP_NUM_THREADS: String(threads),
      MALLOC_MMAP_MAX_: '0',
      MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
    },
  });
