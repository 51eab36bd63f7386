import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { downloadMnist, MNIST_FILES, MNIST_MIRRORS, mnist } from '@certispike/datasets';
import { fill, withFolder } from './idx-folder.mjs';
import { mnistArchives, withMirror } from './mirror.mjs';

const IMAGES = 'train-images-idx3-ubyte.gz';
const LABELS = 't10k-labels-idx1-ubyte.gz';
const MEGABYTE = 2 ** 20;
/** A process number that no process has: above the largest that Linux gives. */
const NOBODY = 99_999_999;

let files;

beforeAll(async () => {
  files = await mnistArchives();
}, 60_000);

/** A cache that has everything but `missing`. */
async function fillExcept(cache, missing) {
  await fill(cache, Object.fromEntries(Object.entries(files).filter(([name]) => name !== missing)));
}

/** Expects the cache to have the four files and nothing else. */
async function expectWhole(cache) {
  expect((await readdir(cache)).sort()).toEqual(Object.keys(files).sort());
  for (const [name, bytes] of Object.entries(files)) {
    expect(Buffer.compare(await readFile(join(cache, name)), bytes)).toBe(0);
  }
}

describe('a download that goes well', () => {
  test('fills the cache once and is not needed again', async () => {
    await withFolder(async (folder) => {
      const cache = join(folder, 'not', 'there', 'yet');
      const heard = [];
      await withMirror({ files }, async ({ url, requests }) => {
        expect(await downloadMnist({ cache, baseUrl: url, onProgress: (event) => heard.push(event) })).toBe(cache);
        expect(requests.map(({ file }) => file)).toEqual(MNIST_FILES.map(({ name }) => `${name}.gz`));
        await downloadMnist({ cache, baseUrl: url });
        expect(requests).toHaveLength(4);
      });
      await expectWhole(cache);
      for (const [name, bytes] of Object.entries(files)) {
        const own = heard.filter(({ file }) => file === name).map(({ received }) => received);
        expect(own).toEqual([...own].sort((a, b) => a - b));
        expect(own.at(-1)).toBe(bytes.length);
      }
      const { train, test: held } = await mnist({ cache });
      expect([train.length, held.length]).toEqual([55_000, 10_000]);
    });
  }, 60_000);

  test('two at once into one cache do not disturb each other', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, IMAGES);
      await withMirror({ files }, async ({ url }) => {
        await Promise.all([downloadMnist({ cache, baseUrl: url }), downloadMnist({ cache, baseUrl: url })]);
      });
      await expectWhole(cache);
    });
  }, 60_000);

  test('the mirrors are public, encrypted and have the four files by name', () => {
    expect(MNIST_MIRRORS.length).toBeGreaterThan(1);
    for (const mirror of MNIST_MIRRORS) expect(mirror).toMatch(/^https:\/\/.*\/mnist$/);
  });
});

describe('a download that breaks', () => {
  test('goes on where it was', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, IMAGES);
      const faults = [{ breakAfter: 3 * MEGABYTE }, { breakAfter: 2 * MEGABYTE }];
      await withMirror({ files, faults }, async ({ url, requests }) => {
        await downloadMnist({ cache, baseUrl: url });
        expect(requests.map(({ range }) => range)).toEqual([
          undefined,
          `bytes=${3 * MEGABYTE}-`,
          `bytes=${5 * MEGABYTE}-`,
        ]);
      });
      await expectWhole(cache);
    });
  }, 30_000);

  test('starts again where the server knows no ranges', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, IMAGES);
      await withMirror({ files, faults: [{ breakAfter: MEGABYTE }], hasRanges: false }, async ({ url, requests }) => {
        await downloadMnist({ cache, baseUrl: url });
        expect(requests).toHaveLength(2);
      });
      await expectWhole(cache);
    });
  }, 30_000);

  test('goes on when a server falls silent', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, IMAGES);
      await withMirror({ files, faults: [{ stallAfter: MEGABYTE }] }, async ({ url, requests }) => {
        await downloadMnist({ cache, baseUrl: url, patience: 300 });
        expect(requests[1].range).toBe(`bytes=${MEGABYTE}-`);
      });
      await expectWhole(cache);
    });
  }, 30_000);

  test('keeps what it has when it is aborted, and goes on the next time', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, IMAGES);
      await withMirror({ files, faults: [{ stallAfter: MEGABYTE }] }, async ({ url, requests }) => {
        const controller = new AbortController();
        const onProgress = ({ received }) => received >= MEGABYTE && controller.abort();
        const aborted = downloadMnist({ cache, baseUrl: url, signal: controller.signal, onProgress });
        await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
        expect(existsSync(join(cache, IMAGES))).toBe(false);
        await downloadMnist({ cache, baseUrl: url });
        expect(requests[1].range).toBe(`bytes=${MEGABYTE}-`);
      });
      await expectWhole(cache);
    });
  }, 30_000);

  test('goes on after the process was killed', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, IMAGES);
      await withMirror({ files, faults: [{ stallAfter: MEGABYTE }] }, async ({ url, requests }) => {
        await killedDownload(cache, url);
        expect((await readdir(cache)).filter((name) => name.endsWith('.part'))).toHaveLength(1);
        await downloadMnist({ cache, baseUrl: url });
        expect(requests[1].range).toBe(`bytes=${MEGABYTE}-`);
      });
      await expectWhole(cache);
    });
  }, 30_000);

  test('puts a file in its place that was whole already when the process was killed', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, LABELS);
      await fill(cache, {
        [`${LABELS}.${NOBODY}-1.part`]: files[LABELS],
        [`${LABELS}.${NOBODY}-2.part`]: Buffer.of(1),
      });
      await withMirror({ files }, ({ url }) => downloadMnist({ cache, baseUrl: url }));
      await expectWhole(cache);
    });
  });

  test('starts again when what was left is of something else', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, LABELS);
      await fill(cache, { [`${LABELS}.${NOBODY}-1.part`]: Buffer.alloc(1000, 7) });
      await withMirror({ files }, async ({ url, requests }) => {
        await downloadMnist({ cache, baseUrl: url });
        expect(requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
      });
      await fillExcept(cache, LABELS);
      await expectWhole(cache);
    });
  });

  test('fetches a damaged file of the cache again', async () => {
    await withFolder(async (cache) => {
      await fill(cache, { ...files, [LABELS]: files[LABELS].subarray(0, 1000) });
      await withMirror({ files }, async ({ url, requests }) => {
        await downloadMnist({ cache, baseUrl: url });
        expect(requests).toEqual([{ file: LABELS, range: undefined }]);
      });
      await expectWhole(cache);
    });
  });
});

describe('a download that fails', () => {
  test('tries a busy server again and a missing file on the next mirror', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, LABELS);
      await withMirror({ files: {} }, async (empty) => {
        await withMirror({ files, faults: [{ status: 503 }] }, async ({ url, requests }) => {
          await downloadMnist({ cache, baseUrl: [empty.url, url] });
          expect(empty.requests).toHaveLength(1);
          expect(requests).toHaveLength(2);
        });
      });
      await expectWhole(cache);
    });
  });

  test('names every mirror and what it said', async () => {
    await withFolder(async (cache) => {
      const gone = await withMirror({ files }, async ({ url }) => url);
      await withMirror({ files: {} }, async ({ url }) => {
        const failed = downloadMnist({ cache, baseUrl: [url, gone], tries: 1 });
        await expect(failed).rejects.toMatchObject({ code: 'download-failed' });
        await expect(failed).rejects.toThrow(`${url}/${IMAGES}: status 404; ${gone}/${IMAGES}: fetch failed (connect`);
      });
      expect(await readdir(cache)).toEqual([]);
    });
  });

  test.each([
    ['other data', 'checksum-mismatch', () => gzipSync(Buffer.alloc(10_008))],
    ['no gzip data', 'checksum-mismatch', () => Buffer.from('<html>')],
    ['a decompression bomb', 'gzip-too-large', () => gzipSync(Buffer.alloc(2 ** 26 + 1))],
    ['damaged data', 'gzip-corrupt', () => files[LABELS].map((byte, i) => (i === 2000 ? byte ^ 4 : byte))],
  ])('%s is not taken for MNIST', async (_, code, body) => {
    await withFolder(async (cache) => {
      await fillExcept(cache, LABELS);
      await withMirror({ files, faults: [{ body: body() }] }, async ({ url }) => {
        await expect(downloadMnist({ cache, baseUrl: url })).rejects.toMatchObject({ code });
      });
      expect(await readdir(cache)).toHaveLength(3);
    });
  });

  test('a file that is far too large is refused before it is fetched', async () => {
    await withFolder(async (cache) => {
      await fillExcept(cache, LABELS);
      await withMirror({ files, faults: [{ body: Buffer.alloc(2 ** 26 + 1) }] }, async ({ url }) => {
        await expect(downloadMnist({ cache, baseUrl: url })).rejects.toThrow('more than the 67108864 allowed');
      });
    });
  });

  test('a full disk', async () => {
    // A partial file that leads to /dev/full: every write to it fails as on a full disk.
    if (!existsSync('/dev/full')) return;
    await withFolder(async (cache) => {
      await symlink('/dev/full', join(cache, `${IMAGES}.${NOBODY}-1.part`));
      await withMirror({ files }, async ({ url }) => {
        const failed = downloadMnist({ cache, baseUrl: url });
        await expect(failed).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining(cache) });
        await downloadMnist({ cache, baseUrl: url });
      });
      await expectWhole(cache);
    });
  }, 30_000);

  test('a file where the cache folder should be, or a folder where a file should be', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      for (const cache of [file, join(file, 'below'), '/dev/full']) {
        const failed = downloadMnist({ cache, baseUrl: 'http://127.0.0.1:9' });
        await expect(failed).rejects.toMatchObject({ code: 'cache-unusable', message: expect.stringContaining(cache) });
      }
      await mkdir(join(folder, IMAGES));
      const failed = downloadMnist({ cache: folder, baseUrl: 'http://127.0.0.1:9' });
      await expect(failed).rejects.toMatchObject({ code: 'cache-unusable' });
    });
  });

  test('a cache folder that may not be written to', async () => {
    // The superuser may write everywhere.
    if (process.getuid?.() === 0) return;
    await withFolder(async (cache) => {
      await chmod(cache, 0o500);
      await expect(downloadMnist({ cache })).rejects.toMatchObject({ code: 'cache-unusable' });
    });
  });

  test('an aborted signal stops it before it starts', async () => {
    await withFolder(async (cache) => {
      const aborted = downloadMnist({ cache, signal: AbortSignal.abort(new Error('enough')) });
      await expect(aborted).rejects.toThrow('enough');
    });
  });
});

/** Starts a download in a process of its own and kills it when a megabyte has come. */
async function killedDownload(cache, baseUrl) {
  const program = `
    import { downloadMnist } from '@certispike/datasets';
    const onProgress = ({ received }) => { if (received >= ${MEGABYTE}) process.stdout.write('.'); };
    await downloadMnist({ cache: process.argv[1], baseUrl: process.argv[2], onProgress });
  `;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, cache, baseUrl], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  child.kill('SIGKILL');
  await ended;
}
