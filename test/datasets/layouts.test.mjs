import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorsOfRecordings, eventFolder } from '@certispike/datasets';
import { aedat2File, aedat3File, aedat3Packet, datFile, dvs128, nmnistFile } from './events/writers.mjs';
import { collect, withFolder } from './idx-folder.mjs';
import { eventsOf, writeFiles } from './nmnist-set.mjs';

const CIFAR10 = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Places of the spikes of example `index` in `[steps * polarities * height * width]`. */
const spikesOf = (source, index) =>
  Array.from(source.example(index).image.entries())
    .filter(([, value]) => value === 1)
    .map(([place]) => place);

describe('DVS128 Gesture', () => {
  const event = (t, x) => ({ t, x, y: 1, p: 1 });
  const trial = aedat3File([aedat3Packet(Array.from({ length: 100 }, (_, k) => event(10 * k, k)))]);
  const csv = (rows) => `class,startTime_usec,endTime_usec\n${rows.join('\n')}\n`;
  const files = () => ({
    'trials_to_train.txt': 'user01_lab.aedat\nuser02_lab.aedat\n',
    'trials_to_test.txt': 'user03_lab.aedat\n',
    ...Object.fromEntries(['01', '02', '03'].map((user) => [`user${user}_lab.aedat`, trial])),
    'user01_lab_labels.csv': csv(['1,0,200', '11,500,700']),
    'user02_lab_labels.csv': csv(['3,100,300']),
    'user03_lab_labels.csv': csv(['2,900,1000', '1,0,100']),
  });

  test('trials are cut into their gestures', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, files());
      const splits = await eventFolder(folder, { validation: 0, framing: { bins: 1, tail: 'spikingjelly' } });
      const { train, test, classNames, about } = splits;
      expect([train.name, train.shape, train.classes, about.licence]).toEqual([
        'dvs-gesture/train',
        [2, 128, 128],
        11,
        'CC BY 4.0',
      ]);
      expect(classNames[10]).toBe('other gestures');
      expect((await collect(train, { size: 5 })).labels).toEqual([0, 10, 2]);
      expect((await collect(test, { size: 5 })).labels).toEqual([1, 0]);
      // From 500 us on, before 700 us: columns 50 to 69 of row 1, ON.
      const first = 128 * 128 + 128 + 50;
      expect(spikesOf(train, 1)).toEqual(Array.from({ length: 20 }, (_, k) => first + k));
    });
  });

  test.each([
    ['a header', 'user01_lab_labels.csv', 'label,from,to\n1,0,1\n', 'line 1'],
    ['a class', 'user01_lab_labels.csv', csv(['12,0,100']), 'line 2'],
    ['times', 'user01_lab_labels.csv', csv(['1,0,100', '1,100,100']), 'line 3'],
  ])('%s that is none', async (_, name, content, text) => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { ...files(), [name]: content });
      await expect(eventFolder(folder)).rejects.toMatchObject({
        code: 'label-format',
        message: expect.stringContaining(text),
      });
    });
  });

  test('a gesture without events and a missing trial are bad recordings', async () => {
    await withFolder(async (folder) => {
      const all = files();
      delete all['user03_lab.aedat'];
      all['user02_lab_labels.csv'] = csv(['3,2000,3000']);
      await writeFiles(folder, all);
      const error = await eventFolder(folder).catch((reason) => reason);
      expect(errorsOfRecordings(error).map(({ code }) => code)).toEqual([
        'events-empty',
        'file-unreadable',
        'file-unreadable',
      ]);
    });
  });
});

describe('CIFAR10-DVS', () => {
  test('the last hundred recordings of a class are for the test; addresses as SpikingJelly reads them', async () => {
    await withFolder(async (folder) => {
      const file = (x) =>
        aedat2File(Array.from({ length: 10 }, (_, k) => ({ t: k, address: dvs128({ x, y: 2, bit: 1 }) })));
      const numbers = [0, 7, 899, 900, 950];
      await writeFiles(
        folder,
        Object.fromEntries(
          CIFAR10.flatMap((name, label) => numbers.map((n) => [`${name}/cifar10_${name}_${n}.aedat`, file(label)])),
        ),
      );
      const { train, test, about } = await eventFolder(folder, {
        framing: { bins: 1, tail: 'spikingjelly' },
        validation: 0,
      });
      expect([train.length, test.length, train.shape, about.title]).toEqual([30, 20, [2, 128, 128], 'CIFAR10-DVS']);
      expect(test.classCounts()).toEqual(new Array(10).fill(2));
      // x = 127 - Y, y = 127 - X, and a bit of 1 is OFF.
      expect(spikesOf(train, 0)).toEqual([(127 - 0) * 128 + (127 - 2)]);
      const [ship] = Array.from(train.samples).filter((sample) => train.example(sample).label === 8);
      expect(spikesOf(train, ship)).toEqual([(127 - 8) * 128 + (127 - 2)]);
    });
  });
});

describe('the Heidelberg data sets', () => {
  const fixture = (name) => fileURLToPath(new URL(`./events/fixtures/${name}`, import.meta.url));

  test('one row of 700 units; empty recordings are bad unless they are allowed', async () => {
    const content = JSON.parse(await readFile(fixture('foreign.json'), 'utf8'))['shd-chunked.h5'];
    await withFolder(async (folder) => {
      for (const part of ['train', 'test']) {
        await copyFile(fixture('shd-chunked.h5'), join(folder, `shd_${part}.h5`));
      }
      const framing = { bins: 1, tail: 'spikingjelly' };
      const error = await eventFolder(folder, { framing }).catch((reason) => reason);
      expect(errorsOfRecordings(error).map(({ code }) => code)).toEqual(['events-empty', 'events-empty']);
      const { train, test, about } = await eventFolder(folder, { framing, validation: 0, files: { empty: 'allow' } });
      expect([train.name, train.length, test.length, train.shape]).toEqual(['shd/train', 3, 3, [1, 1, 700]]);
      expect(about.title).toContain('Heidelberg');
      content.forEach(({ x }, index) => {
        expect(spikesOf(train, index)).toEqual([...new Set(x)].sort((a, b) => a - b));
      });
    });
  });
});

describe('any folder of recordings', () => {
  test('a folder per class, of which a sixth is held out for the test', async () => {
    await withFolder(async (folder) => {
      const files = {};
      for (const [label, name] of ['cup', 'hand'].entries()) {
        for (let n = 1; n <= 12; n += 1) files[`${name}/${n}.bin`] = nmnistFile(eventsOf(n, label));
      }
      await writeFiles(folder, files);
      const { train, validation, test, classNames } = await eventFolder(folder);
      expect(classNames).toEqual(['cup', 'hand']);
      expect(test.classCounts()).toEqual([2, 2]);
      expect(train.length + validation.length + test.length).toBe(24);
      const all = [train, validation, test].flatMap(({ samples }) => Array.from(samples));
      expect(new Set(all).size).toBe(24);
      expect(train.example(1)).toMatchObject({ sample: 1, label: 1 });
    });
  });

  test('labels in a table, of words, with the part in a third column', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'deep'), { recursive: true });
      const events = (x) => Array.from({ length: 5 }, (_, k) => ({ t: 100 * k, x, y: 1, p: k % 2 }));
      await writeFiles(folder, {
        'deep/a.dat': datFile(events(3), ['% Version 2', '% Width 8', '% Height 4']),
        'b.dat': datFile(events(4), ['% Version 2', '% Width 8', '% Height 4']),
        'c.dat': datFile(events(5), ['% Version 2', '% Width 8', '% Height 4']),
        'labels.csv': 'file;class;split\n"deep/a";night;train\nb.dat;day;train\nc;night;test\n',
      });
      const { train, test, classNames } = await eventFolder(folder, { validation: 0, framing: { bins: 2 } });
      expect([classNames, train.shape]).toEqual([
        ['day', 'night'],
        [2, 4, 8],
      ]);
      expect((await collect(train, { size: 9 })).labels).toEqual([1, 0]);
      expect((await collect(test, { size: 9 })).labels).toEqual([1]);
    });
  });

  test('sensors that differ are said, and can be given', async () => {
    await withFolder(async (folder) => {
      const file = (x) =>
        datFile([
          { t: 0, x, y: 1, p: 1 },
          { t: 9, x, y: 1, p: 1 },
        ]);
      await writeFiles(folder, { 'a/1.dat': file(3), 'a/2.dat': file(7), 'b/1.dat': file(3), 'b/2.dat': file(3) });
      const error = await eventFolder(folder).catch((reason) => reason);
      expect(errorsOfRecordings(error)).toMatchObject([{ code: 'sensor-mismatch', detail: { received: '2 x 2 x 8' } }]);
      const { train } = await eventFolder(folder, { files: { width: 10, height: 5 }, validation: 0 });
      expect(train.shape).toEqual([2, 5, 10]);
    });
  });
});
