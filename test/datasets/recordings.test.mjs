import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { errorsOfRecordings, nmnist, NMNIST_ARCHIVES, readNmnist } from '@certispike/datasets';
import { nmnistFile } from './events/writers.mjs';
import { collect, withFolder } from './idx-folder.mjs';
import { withMirror } from './mirror.mjs';
import { eventsOf, officialFiles, writeFiles } from './nmnist-set.mjs';
import { describeShared, shared } from './shared.mjs';

/** Spikes of a recording by plain counting, ten bins of equal time. */
function naive(events) {
  const spikes = new Array(10 * 2 * 34 * 34).fill(0);
  const [first, last] = [events[0].t, events.at(-1).t];
  const width = Math.floor((last - first) / 10);
  for (const { t, x, y, p } of events) {
    const bin = Math.floor((t - first) / width);
    if (bin < 10) spikes[((bin * 2 + p) * 34 + y) * 34 + x] = 1;
  }
  return spikes;
}

const archives = (files) => {
  const part = (name) => zipSync(Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(name))));
  return { 'Train.zip': part('Train'), 'Test.zip': part('Test') };
};

/** Labels in the order of the samples, as official paths say them. */
const labelsOf = (files, part) =>
  Object.keys(files)
    .filter((path) => path.startsWith(part))
    .sort((a, b) => (a.slice(-9) < b.slice(-9) ? -1 : 1))
    .map((path) => Number(path.split('/')[1]));

describe('N-MNIST in its layouts', () => {
  const files = officialFiles();
  const withLabels = () => {
    const flat = Object.entries(files).map(([path, bytes]) => [path.replace(/^(\w+)\/\d\//, '$1-'), bytes]);
    const lines = (part) =>
      labelsOf(files, part).map((label, index) => `${part}-${String(index + 1).padStart(5, '0')} ${label}`);
    return {
      ...Object.fromEntries(flat),
      'train40.txt': `#sample #class\n${lines('Train').join('\n')}\n`,
      'test20.txt': `#sample #class\n${lines('Test').join('\n')}`,
    };
  };
  const lower = () => Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path.toLowerCase(), bytes]));

  test.each([
    ['official folders', () => files],
    ['folders in lower case', lower],
    ['archives', () => archives(files)],
    ['files of labels', withLabels],
  ])('%s give the same recordings in the order of MNIST', async (_, form) => {
    await withFolder(async (folder) => {
      await writeFiles(folder, form());
      const heard = [];
      const { train, validation, test, ...rest } = await nmnist({ folder, onReading: (event) => heard.push(event) });
      expect([train.name, train.length, validation.length, test.length]).toEqual(['nmnist/train', 37, 3, 20]);
      expect([train.shape, train.steps, train.classes]).toEqual([[2, 34, 34], 10, 10]);
      expect(rest).toMatchObject({ framing: { bins: 10 }, skipped: [], about: { licence: 'CC BY-SA 4.0' } });
      expect(rest.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
      const { samples, labels, images } = await collect(test, { size: 7 });
      expect(samples).toEqual(Array.from({ length: 20 }, (__, index) => index));
      expect(labels).toEqual(labelsOf(files, 'Test'));
      expect(images.slice(0, 23_120)).toEqual(naive(eventsOf(1, labels[0])));
      expect(images.slice(-23_120)).toEqual(naive(eventsOf(20, labels[19])));
      expect(heard.at(-1)).toMatchObject({ part: 'test', done: 20 });
    });
  });

  test('frames can be cut and chosen otherwise, and recordings changed before', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, files);
      const narrow = await nmnist({ folder, framing: { width: 2000, start: 5, frames: 3 } });
      expect(narrow.test.steps).toBe(3);
      const { image } = narrow.test.example(0);
      const [label] = labelsOf(files, 'Test');
      const kept = eventsOf(1, label).filter(({ t }) => t >= 10_001 && t < 16_001);
      expect(image.reduce((sum, value) => sum + value, 0)).toBe(kept.length);
      // Without OFF events half the spikes are left.
      const transform = (recording) => {
        const on = Array.from(recording.p.keys()).filter((index) => recording.p[index] === 1);
        const pick = (array) => array.constructor.from(on, (index) => array[index]);
        return { ...recording, t: pick(recording.t), x: pick(recording.x), y: pick(recording.y), p: pick(recording.p) };
      };
      const bright = await nmnist({ folder, transform });
      expect(
        bright.test
          .example(0)
          .image.subarray(0, 34 * 34)
          .some((value) => value > 0),
      ).toBe(false);
      await expect(nmnist({ folder, framing: { width: 2000 } })).rejects.toMatchObject({ code: 'option-invalid' });
      await expect(nmnist({ folder, framing: { bins: 0 } })).rejects.toMatchObject({ code: 'option-invalid' });
      await expect(nmnist({ folder, validation: 41 })).rejects.toMatchObject({ code: 'option-invalid' });
      const signal = AbortSignal.abort();
      await expect(nmnist({ folder, signal })).rejects.toMatchObject({ name: 'AbortError' });
    });
  });
});

describe('bad recordings', () => {
  async function damaged(folder) {
    const files = officialFiles();
    const paths = Object.keys(files);
    files[paths[3]] = nmnistFile([{ t: 5, x: 40, y: 3, p: 0 }]);
    files[paths[8]] = nmnistFile([
      { t: 9, x: 1, y: 1, p: 0 },
      { t: 5, x: 1, y: 1, p: 0 },
    ]);
    files[paths[45]] = new Uint8Array(0);
    await writeFiles(folder, files);
    await truncate(join(folder, paths[12]), 101);
    return [paths[3], paths[8], paths[12], paths[45]];
  }

  test('are all named, with what is wrong, or left out and counted', async () => {
    await withFolder(async (folder) => {
      const bad = await damaged(folder);
      const error = await nmnist({ folder }).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'recordings-bad', detail: { file: folder } });
      for (const path of bad) expect(error.message).toContain(path);
      expect(error.message).toContain('expected 60 that can be read, got 4 that cannot');
      expect(errorsOfRecordings(error).map(({ code }) => code)).toEqual([
        'events-outside',
        'events-order',
        'events-truncated',
        'events-empty',
      ]);
      const { train, validation, test, skipped } = await nmnist({ folder, skipBad: true });
      expect([train.length + validation.length, test.length, skipped.length]).toEqual([37, 19, 4]);
    });
  });

  test('labels and files that do not meet are bad, too', async () => {
    await withFolder(async (folder) => {
      const file = nmnistFile(eventsOf(1, 1));
      await writeFiles(folder, { '1.bs2': file, '2.bs2': file, '3.bs2': file, 'train.csv': '1,0\n2.bs2,1\n9,1\n' });
      const error = await nmnist({ folder }).catch((reason) => reason);
      expect(errorsOfRecordings(error).map(({ code, detail }) => [code, detail.file])).toEqual([
        ['file-missing', '9'],
        ['label-missing', '3.bs2'],
      ]);
      await writeFile(join(folder, 'train.csv'), '1,0\n1,1\n');
      await expect(nmnist({ folder })).rejects.toMatchObject({ code: 'label-format' });
      await writeFile(join(folder, 'train.csv'), '1\n');
      await expect(nmnist({ folder })).rejects.toMatchObject({ message: expect.stringContaining('line 1') });
    });
  });

  test('nothing there', async () => {
    await withFolder(async (folder) => {
      await expect(nmnist({ folder: join(folder, 'no') })).rejects.toMatchObject({ code: 'folder-missing' });
      await expect(nmnist({ folder })).rejects.toMatchObject({ code: 'file-missing' });
      await mkdir(join(folder, 'Train/1'), { recursive: true });
      await mkdir(join(folder, 'Test/2'), { recursive: true });
      await expect(nmnist({ folder })).rejects.toMatchObject({ code: 'label-format' });
      await mkdir(join(folder, 'Train/2'));
      await expect(nmnist({ folder })).rejects.toMatchObject({ code: 'recordings-missing' });
    });
  });
});

describe('archives', () => {
  const files = officialFiles({ train: 12, test: 12 });

  test.each([
    ['cut in a recording', (zip) => zip.subarray(0, 600)],
    ['something else', () => Buffer.from('no archive at all')],
    ['empty', () => new Uint8Array(0)],
    ['damaged', (zip) => zip.map((byte, index) => (index > 60 && index < 90 ? byte ^ 0x5a : byte))],
  ])('%s', async (_, damage) => {
    await withFolder(async (folder) => {
      const zips = archives(files);
      await writeFiles(folder, { ...zips, 'Train.zip': damage(zips['Train.zip']) });
      await expect(nmnist({ folder })).rejects.toMatchObject({
        code: expect.stringMatching(/^(zip-corrupt|recordings-bad)$/),
      });
    });
  });

  test('a bomb is given up before it fills the memory', async () => {
    await withFolder(async (folder) => {
      const bomb = zipSync({ 'Train/0/00001.bin': new Uint8Array(2 ** 26) }, { level: 9 });
      expect(bomb.length).toBeLessThan(2 ** 17);
      await writeFiles(folder, { ...archives(files), 'Train.zip': bomb });
      await expect(nmnist({ folder })).rejects.toMatchObject({ code: 'zip-too-large' });
    });
  });

  test('are downloaded once, checked, and resumed', async () => {
    const zips = archives(files);
    const md5 = (bytes) => createHash('md5').update(bytes).digest('hex');
    const checksums = { train: md5(zips['Train.zip']), test: md5(zips['Test.zip']) };
    await withFolder(async (folder) => {
      const cache = join(folder, 'cache');
      await withMirror({ files: zips, faults: [{ breakAfter: 1000 }] }, async ({ url: baseUrl, requests }) => {
        const { train } = await nmnist({ cache, baseUrl, checksums });
        expect(train.length).toBe(11);
        expect(requests).toEqual([
          { file: 'Train.zip', range: undefined },
          { file: 'Train.zip', range: 'bytes=1000-' },
          { file: 'Test.zip', range: undefined },
        ]);
        await nmnist({ cache, baseUrl, checksums });
        expect(requests).toHaveLength(3);
        // What is damaged in the cache is fetched again.
        await writeFile(join(cache, 'Test.zip'), 'damaged');
        await nmnist({ cache, baseUrl, checksums });
        expect(requests).toHaveLength(4);
        expect(await readFile(join(cache, 'Test.zip'))).toEqual(Buffer.from(zips['Test.zip']));
        // The published checksums are asked for unless others are given.
        await rm(join(cache, 'Test.zip'));
        await expect(nmnist({ cache, baseUrl, checksums: { ...checksums, test: 'other' } })).rejects.toMatchObject({
          code: 'checksum-mismatch',
        });
      });
    });
  }, 30_000);

  test('have public, encrypted addresses', () => {
    for (const { urls, md5 } of NMNIST_ARCHIVES) {
      expect(urls.length).toBeGreaterThan(1);
      for (const url of urls) expect(url).toMatch(/^https:\/\//);
      expect(md5).toMatch(/^[0-9a-f]{32}$/);
    }
  });
});

describeShared('nmnist-small')('the 1,100 real recordings', () => {
  test('come with their labels, in the order of MNIST', async () => {
    const { train, test, skipped } = await nmnist({ folder: shared('data', 'nmnist-small'), validation: 0 });
    expect([train.length, test.length, skipped.length]).toEqual([1000, 100, 0]);
    const labels = (source, count) => Array.from({ length: count }, (_, index) => source.example(index).label);
    expect(labels(train, 4)).toEqual([5, 0, 4, 1]);
    expect(labels(test, 4)).toEqual([7, 2, 1, 0]);
    const { t, x, y, p } = readNmnist(await readFile(shared('data', 'nmnist-small', '60001.bs2')));
    const events = Array.from(t, (time, index) => ({ t: time, x: x[index], y: y[index], p: p[index] }));
    expect(Array.from(test.example(0).image)).toEqual(naive(events));
  }, 30_000);
});
