import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const types = {
  html: 'text/html',
  js: 'text/javascript',
  mjs: 'text/javascript',
  css: 'text/css',
  wasm: 'application/wasm',
};

/**
 * Serves a folder as any web server would.
 * @param headers sent with every answer
 * @returns its address, the paths that were asked for, what a page has posted, and how to end it
 */
export async function serve(folder, headers = {}) {
  const asked = [];
  let post;
  const posted = new Promise((resolve) => (post = resolve));
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://page').pathname;
    asked.push(path);
    if (request.method === 'POST') {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => post(Buffer.concat(parts).toString()));
      response.writeHead(204).end();
      return;
    }
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (path.includes('..') || !existsSync(file)) return void response.writeHead(404).end();
    const type = types[path.endsWith('/') ? 'html' : path.split('.').pop()] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, ...headers }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    asked,
    posted,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

/** What lets the threads of a page share memory. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
