import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FASHION_MNIST_MIRRORS, fashionMnist } from '@certispike/datasets';
import { collect, fill, smallFiles, withFolder } from './idx-folder.mjs';
import { withMirror } from './mirror.mjs';

const clothes = join(dirname(createRequire(import.meta.url).resolve('fashion-mnist/package.json')), 'src', 'clothes');
const PIXELS = 784;

/** The package's JSON in small: `count` images per class, filled with 10 * class + index mod 10. */
function json({ count = 1012, rows = {} } = {}) {
  const image = (label, index) => new Array(PIXELS).fill(10 * label + (index % 10));
  const list = (label) => rows[label] ?? Array.from({ length: count }, (_, index) => image(label, index));
  return Object.fromEntries(
    Array.from({ length: 10 }, (_, label) => [`${label}.json`, JSON.stringify({ data: list(label) })]),
  );
}

describe('Fashion-MNIST from the package', () => {
  test('every image is there once, in its half, and the second time is quick', async () => {
    await withFolder(async (cache) => {
      const options = { source: 'package', cache, validation: 0 };
      const { train, test: held } = await fashionMnist(options);
      expect([train.name, train.length, held.length]).toEqual(['fashion-mnist/train', 60_000, 10_000]);
      expect(train.shape).toEqual([1, 28, 28]);
      expect(train.classCounts()).toEqual(new Array(10).fill(6000));
      expect(held.classCounts()).toEqual(new Array(10).fill(1000));
      // Of the first thousand every class has its share, or --limit would train on some classes only.
      for (const source of [train, held]) {
        for (const count of source.subset(1000).classCounts()) expect(Math.abs(count - 100)).toBeLessThan(40);
      }
      // One class read by hand: its images are those of the package, first 1,000 for the test.
      const rows = JSON.parse(await readFile(join(clothes, '0.json'), 'utf8')).data.filter(({ length }) => length > 0);
      const key = (image) => Buffer.from(image).toString('latin1');
      const images = (source) => Array.from(source.samples, (sample) => source.example(sample));
      for (const [source, expected] of [
        [held, rows.slice(0, 1000)],
        [train, rows.slice(1000)],
      ]) {
        const found = images(source).filter(({ label }) => label === 0);
        expect(found.map(({ image }) => key(image)).sort()).toEqual(expected.map(key).sort());
      }

      expect((await readdir(cache)).every((name) => name.startsWith('package-'))).toBe(true);
      const again = await fashionMnist(options);
      expect(again.train.example(7)).toEqual(train.example(7));

      // A damaged or missing part of the cache is made again.
      const [first, second] = await readdir(cache);
      await writeFile(join(cache, first), 'damaged');
      await rm(join(cache, second));
      expect((await fashionMnist(options)).train.example(7)).toEqual(train.example(7));
      expect((await readFile(join(cache, first))).length).toBeGreaterThan(1000);
    });
  }, 60_000);

  test('a cache that cannot be written to is no error', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, 'x');
      const { test: held } = await fashionMnist({ source: 'package', cache: join(file, 'cache') });
      expect(held.length).toBe(10_000);
    });
  }, 60_000);
});

describe('Fashion-MNIST as JSON in a folder', () => {
  test('empty rows are dropped, the first thousand of a class are for the test', async () => {
    await withFolder(async (folder) => {
      const rows = JSON.parse(json({ count: 1012 })['0.json']).data;
      await fill(folder, json({ rows: { 0: [...rows.slice(0, 1000), [], ...rows.slice(1000), []] } }));
      const { train, test: held } = await fashionMnist({ folder, validation: 0 });
      expect([train.length, held.length]).toEqual([120, 10_000]);
      expect(train.classCounts()).toEqual(new Array(10).fill(12));
      const { images, labels } = await collect(train, { size: 50 });
      labels.forEach((label, i) => expect(Math.floor((images[i * PIXELS] * 255) / 10 + 1e-4)).toBe(label));
    });
  });

  test.each([
    ['a file is missing', (files) => delete files['3.json'], 'file-unreadable', '3.json'],
    ['a file is no JSON', (files) => (files['3.json'] = '{"data": [[1, 2'), 'json-format', 'content: expected JSON'],
    ['a file is other JSON', (files) => (files['3.json'] = '[]'), 'json-format', 'data: expected a list of images'],
    ['null', (files) => (files['3.json'] = 'null'), 'json-format', 'got undefined'],
    [
      'an image is short',
      (files) => (files['3.json'] = '{"data":[[1,2]]}'),
      'image-format',
      'data[0]: expected a list of 784 pixels, got 2 of them',
    ],
    [
      'a pixel is out of range',
      (files) => (files['3.json'] = JSON.stringify({ data: [new Array(PIXELS).fill(256)] })),
      'image-format',
      'data[0][0]: expected a pixel from 0 to 255, got 256',
    ],
    ['an image is a word', (files) => (files['3.json'] = '{"data":["x"]}'), 'image-format', 'got "x"'],
  ])('%s', async (_, damage, code, text) => {
    await withFolder(async (folder) => {
      const files = json({ count: 3 });
      damage(files);
      await fill(folder, files);
      await expect(fashionMnist({ folder })).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    });
  });
});

describe('Fashion-MNIST as IDX', () => {
  test('from a folder, which need not be the original', async () => {
    await withFolder(async (folder) => {
      await fill(folder, smallFiles());
      const { train } = await fashionMnist({ folder });
      expect([train.name, train.length]).toEqual(['fashion-mnist/train', 110]);
      await expect(fashionMnist({ folder, verify: true })).rejects.toMatchObject({ code: 'checksum-mismatch' });
    });
  });

  test('a download is checked against the published checksums', async () => {
    expect(FASHION_MNIST_MIRRORS.every((mirror) => mirror.startsWith('https://'))).toBe(true);
    await withFolder(async (cache) => {
      const files = Object.fromEntries(
        Object.entries(smallFiles()).map(([name, bytes]) => [`${name}.gz`, Buffer.from(bytes)]),
      );
      await withMirror({ files }, async ({ url, requests }) => {
        const download = fashionMnist({ source: 'download', cache, baseUrl: url });
        await expect(download).rejects.toMatchObject({ code: 'checksum-mismatch' });
        expect(requests.map(({ file }) => file)).toEqual(['train-images-idx3-ubyte.gz']);
      });
      expect(await readdir(cache)).toEqual([]);
    });
  });
});
