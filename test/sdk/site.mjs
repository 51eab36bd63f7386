import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const types = { html: 'text/html', js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' };
const page = '<!doctype html><link rel="icon" href="data:," /><title>certispike</title>';

/**
 * Serves the built package and these tests as any web server would.
 * @param isolated with the headers that let threads share memory
 * @param headers of every answer besides
 */
export async function startSite(isolated, headers = {}) {
  const server = createServer((request, response) => {
    void answer(request.url, response).catch(() => response.writeHead(404).end());
  });
  async function answer(url, response) {
    const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    const type = types[url.split('.').pop()] ?? types.html;
    const body = url === '/' ? page : await readFile(fileURLToPath(new URL(`.${url}`, root)));
    response.writeHead(200, { 'Content-Type': type, ...(isolated ? isolation : {}), ...headers }).end(body);
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((done) => server.close(done)) };
}
