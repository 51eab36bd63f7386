import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { mnist } from '@certispike/datasets';
import { collect, fill, smallFiles, withFolder } from './idx-folder.mjs';

describe('MNIST from the package', () => {
  test('the published counts, labels and pixels', async () => {
    const { train, validation, test: held } = await mnist();
    expect([train.length, validation.length, held.length]).toEqual([55_000, 5_000, 10_000]);
    expect(train.shape).toEqual([1, 28, 28]);
    expect(train.classes).toBe(10);
    // http://yann.lecun.com/exdb/mnist: 6,742 ones in the training set, 892 fives in the test set, ...
    const all = train.classCounts().map((count, label) => count + validation.classCounts()[label]);
    expect(all).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(held.classCounts()).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect([0, 1, 2, 3].map((sample) => train.example(sample).label)).toEqual([5, 0, 4, 1]);
    expect([0, 1, 2, 3].map((sample) => held.example(sample).label)).toEqual([7, 2, 1, 0]);
    // Mean of all training pixels: 0.1307, as everyone who normalises MNIST knows.
    const whole = (await mnist({ validation: 0 })).train;
    let sum = 0;
    for await (const { images } of whole.batches({ size: 1000 })) for (const pixel of images) sum += pixel;
    expect(sum / (60_000 * 784)).toBeCloseTo(0.1307, 4);
  }, 60_000);

  test('the splits are disjoint, and the same whatever is asked first', async () => {
    const a = await mnist({ seed: 3 });
    const b = await mnist({ seed: 3 });
    const other = await mnist({ seed: 4 });
    expect(a.validation.samples).toEqual(b.validation.samples);
    expect(a.validation.samples).not.toEqual(other.validation.samples);
    const both = new Set([...a.train.samples, ...a.validation.samples]);
    expect(both.size).toBe(60_000);
    expect((await collect(a.test.subset(5), { size: 2 })).samples).toEqual([0, 1, 2, 3, 4]);
  }, 30_000);

  test('an epoch shows each of 60,000 examples once', async () => {
    const { train } = await mnist({ validation: 0 });
    const seen = new Uint8Array(60_000);
    for await (const { samples } of train.batches({ size: 128, shuffle: { seed: 1, epoch: 2 } })) {
      for (const sample of samples) seen[sample] += 1;
    }
    expect(seen.every((times) => times === 1)).toBe(true);
  }, 30_000);
});

describe('a data set in a folder', () => {
  const zipped = (files) => Object.fromEntries(Object.entries(files).map(([name, b]) => [`${name}.gz`, gzipSync(b)]));
  const dotted = (files) =>
    Object.fromEntries(Object.entries(files).map(([name, b]) => [name.replace('-idx', '.idx'), b]));

  test.each([
    ['plain', (files) => files],
    ['gzipped', zipped],
    ['with a dot in the names', dotted],
    ['gzipped with a dot', (files) => zipped(dotted(files))],
  ])('%s', async (_, form) => {
    await withFolder(async (folder) => {
      await fill(folder, form(smallFiles()));
      const { train, validation, test: held } = await mnist({ folder });
      expect([train.length, validation.length, held.length]).toEqual([110, 10, 30]);
      expect(validation.classCounts()).toEqual(new Array(10).fill(1));
      expect(train.shape).toEqual([1, 4, 3]);
      const { samples, images } = await collect(held, { size: 7 });
      expect(samples).toEqual(Array.from({ length: 30 }, (__, i) => i));
      expect(images[12 * 29]).toBe(Math.fround(29 / 255));
    });
  });

  const labels = 't10k-labels-idx1-ubyte';
  test.each([
    ['a file is missing', (files) => delete files[labels], 'file-missing', labels],
    ['a file is cut', (files) => (files[labels] = files[labels].subarray(0, 20)), 'idx-truncated', 'got 20'],
    ['a label is out of range', (files) => (files[labels][8 + 4] = 10), 'label-range', 'label of example 4'],
    [
      'images and labels do not match',
      (files) => (files[labels] = smallFiles({ test: 29 })[labels]),
      'count-mismatch',
      'expected 30, one for each image in t10k-images-idx3-ubyte, got 29',
    ],
    [
      'images are labels',
      (files) => (files['train-images-idx3-ubyte'] = files['train-labels-idx1-ubyte']),
      'image-format',
      'uint8 of shape [120]',
    ],
    [
      'gzip data is damaged',
      (files) => (files[labels] = gzipSync(files[labels]).subarray(0, 25)),
      'gzip-corrupt',
      labels,
    ],
  ])('%s', async (_, damage, code, text) => {
    await withFolder(async (folder) => {
      const files = smallFiles();
      damage(files);
      await fill(folder, files);
      await expect(mnist({ folder })).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    });
  });

  test('no folder, a file instead, a folder instead of a file', async () => {
    await withFolder(async (folder) => {
      await expect(mnist({ folder: join(folder, 'no') })).rejects.toMatchObject({ code: 'folder-missing' });
      const file = join(folder, 'file');
      await writeFile(file, 'x');
      await expect(mnist({ folder: file })).rejects.toMatchObject({
        code: 'folder-missing',
        message: expect.stringContaining('got a file'),
      });
      const other = join(folder, 'other');
      await fill(other, { ...smallFiles() });
      await expect(mnist({ folder: other, verify: true })).rejects.toMatchObject({ code: 'checksum-mismatch' });
      const odd = join(folder, 'odd');
      await mkdir(join(odd, 'train-images-idx3-ubyte'), { recursive: true });
      await expect(mnist({ folder: odd })).rejects.toMatchObject({ code: 'file-unreadable' });
    });
  });

  test.each([
    [{ validation: 120 }, 'validation: expected an integer from 0 to 119, got 120.'],
    [{ validation: -1 }, 'validation'],
    [{ seed: 0.5 }, 'seed'],
    [{ source: 'download' }, 'folder: expected none with source download'],
  ])('options %j are refused', async (options, message) => {
    await withFolder(async (folder) => {
      await fill(folder, smallFiles());
      const wanted = { code: 'option-invalid', message: expect.stringContaining(message) };
      await expect(mnist({ folder, ...options })).rejects.toMatchObject(wanted);
    });
  });

  test.each([
    [{ source: 'folder' }, 'folder'],
    [{ source: 'cloud' }, 'source'],
    [{ source: 'url' }, 'baseUrl'],
    [{ source: 'package', cache: '/x' }, 'cache'],
    [{ source: 'package', baseUrl: 'http://x' }, 'baseUrl'],
  ])('contradictory options %j are refused', async (options, message) => {
    const wanted = { code: 'option-invalid', message: expect.stringContaining(message) };
    await expect(mnist(options)).rejects.toMatchObject(wanted);
  });
});

describe('a data set behind a URL', () => {
  /** Serves `files` by name and runs `work` with the URL. */
  async function serving(files, work) {
    const server = createServer((request, response) => {
      const bytes = files[request.url.slice(1)];
      if (bytes === undefined) response.writeHead(404).end();
      else if (bytes === 'page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
      else if (bytes === 'broken')
        response.writeHead(200, { 'content-length': 100 }).write('1', () => response.destroy());
      else if (typeof bytes === 'number') response.writeHead(bytes).end();
      else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await work(`http://127.0.0.1:${server.address().port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test.each([
    ['plain files', (files) => files],
    [
      'pages instead of missing files',
      (files) => ({ ...files, ...Object.fromEntries(Object.keys(files).map((name) => [`${name}.gz`, 'page'])) }),
    ],
    ['gzipped files', (files) => Object.fromEntries(Object.entries(files).map(([n, b]) => [`${n}.gz`, gzipSync(b)]))],
  ])('%s, in Node and by the browser entry', async (_, form) => {
    // The browser's entry runs in Node as well: it uses nothing but fetch and streams.
    const browser = await import('../../packages/datasets/dist/browser.js');
    await serving(form(smallFiles()), async (baseUrl) => {
      for (const open of [mnist, browser.mnist]) {
        const heard = [];
        const { train } = await open({ source: 'url', baseUrl, onProgress: (event) => heard.push(event) });
        expect(train.length).toBe(110);
        expect(new Set(heard.map(({ file }) => file.replace('.gz', ''))).size).toBe(4);
        for (const { received, total } of heard) expect(received).toBeLessThanOrEqual(total);
      }
    });
  });

  test.each([
    ['nothing there', {}, 'file-missing'],
    ['a server in trouble', { 'train-images-idx3-ubyte.gz': 500 }, 'fetch-failed'],
    ['a connection that breaks', { 'train-images-idx3-ubyte.gz': 'broken' }, 'fetch-failed'],
    ['no IDX file', { 'train-images-idx3-ubyte.gz': Buffer.from('hello') }, 'idx-magic'],
  ])('%s', async (_, files, code) => {
    await serving(files, async (baseUrl) => {
      await expect(mnist({ baseUrl: `${baseUrl}/` })).rejects.toMatchObject({ code });
    });
  });

  test('no server, and an aborted request', async () => {
    const baseUrl = await serving({}, async (url) => url);
    await expect(mnist({ baseUrl })).rejects.toMatchObject({
      code: 'fetch-failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const signal = AbortSignal.abort();
    await expect(mnist({ baseUrl, signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('the browser entry has no part of Node in it', async () => {
    const dist = new URL('../../packages/datasets/dist/', import.meta.url);
    const seen = new Set(['browser.js']);
    for (const file of seen) {
      const code = await readFile(new URL(file, dist), 'utf8');
      for (const [, name] of code.matchAll(/(?:from|import\()\s*["']([^"']+)["']/g)) {
        if (name.startsWith('./')) seen.add(name.slice(2));
        else expect(['@tensorflow/tfjs-data', 'fflate', 'flatbuffers', 'seedrandom/lib/alea.js']).toContain(name);
      }
      expect(code).not.toMatch(/\bprocess\.|\bBuffer\b/);
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  test('the browser entry says what it cannot do', async () => {
    const browser = await import('../../packages/datasets/dist/browser.js');
    for (const call of [browser.mnist(), browser.mnist({ folder: '/x' }), browser.downloadMnist()]) {
      await expect(call).rejects.toMatchObject({ code: 'not-in-browser' });
    }
    expect(Object.keys(browser).sort()).toEqual(Object.keys(await import('@certispike/datasets')).sort());
  });
});
