import { readFileSync, writeFileSync } from 'node:fs';
import { decode } from 'fast-png';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { eventsOf, officialFiles, writeFiles } from '../datasets/nmnist-set.mjs';
import { nmnistFile } from '../datasets/events/writers.mjs';
import { describeShared, shared } from '../datasets/shared.mjs';

let folder;
let file;

beforeAll(async () => {
  folder = await temporaryFolder();
  file = folder.at('one.bin');
  writeFileSync(file, nmnistFile(eventsOf(3, 4)));
});
afterAll(() => folder.remove());

const info = async (...args) => {
  const { status, stdout, stderr } = await certispike(['info', ...args]);
  expect({ status, stderr: stderr.replaceAll(/^reading .*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

describe('certispike info of a recording', () => {
  test('says what it holds and draws it', async () => {
    const text = await info(file);
    expect(text).toContain(`${file}: a recording of events, N-MNIST\nsensor: 34 x 34\nevents: 40 (20 ON, 20 OFF)\n`);
    expect(text).toContain('time: 0.003 to 39.003 ms, 1,026 events per second');
    // Rows 12 and 13 of the sensor are one row of characters, the seventh below the titles.
    const lines = text.split('\n');
    const row = lines.findIndex((line) => line.startsWith('OFF: 20 events ')) + 7;
    expect(lines[row]).toMatch(/[▒█] [▒█] [▒█]/);
    expect(lines[row - 1].trim()).toBe('');
    expect(JSON.parse(await info(file, '--json'))).toEqual({
      file,
      kind: 'recording',
      format: 'nmnist',
      sensor: { width: 34, height: 34, polarities: 2 },
      events: 40,
      off: 20,
      on: 20,
      first: 3,
      last: 39_003,
      rate: 40 / 0.039,
    });
  });

  test('--picture draws it into a file', async () => {
    const [svg, png] = ['one.svg', 'one.png'].map((name) => folder.at(name));
    await info(file, '--picture', svg);
    const text = readFileSync(svg, 'utf8');
    expect(text).toMatch(/^<svg /);
    expect(text.match(/<image /g)).toHaveLength(2);
    expect(text.match(/<polyline /g)).toHaveLength(2);
    expect(text).toContain('aria-label="one.bin: N-MNIST, 34 x 34 pixels, 40 events in 39 ms"');
    // A legend of brightness and an axis of time say what is drawn.
    for (const words of [
      'OFF: 20 events',
      'ON: 20 events',
      'events per pixel: 0 to ',
      'events per 0.61 ms, at most ',
    ]) {
      expect(text).toContain(`>${words}`);
    }
    expect([...text.matchAll(/text-anchor="(?:start|middle)">([^<]+)</g)].map(([, mark]) => mark)).toEqual([
      '0',
      '5',
      '10',
      '15',
      '20',
      '25',
      '30',
      '35',
    ]);
    await info(file, '--picture', png);
    const { width, height, data } = decode(readFileSync(png));
    const scale = Math.floor(320 / 34);
    expect([width, height]).toEqual([2 * 34 * scale + 4, 34 * scale]);
    // ON events lie in row 12, in the right half.
    const at = (x, y) => data[Math.floor((y + 0.5) * scale) * width + 34 * scale + 4 + Math.floor((x + 0.5) * scale)];
    expect(at(3, 12)).toBeGreaterThan(0);
    expect(at(3, 11)).toBe(0);
  });

  test('polarities are drawn on one scale, so that they can be compared', async () => {
    // One OFF event and sixteen ON events at one time and place.
    const uneven = folder.at('uneven.bin');
    writeFileSync(
      uneven,
      nmnistFile(Array.from({ length: 17 }, (_, index) => ({ t: 5, x: 1, y: 1, p: index > 0 ? 1 : 0 }))),
    );
    const [svg, png] = ['uneven.svg', 'uneven.png'].map((name) => folder.at(name));
    await info(uneven, '--picture', svg);
    const heights = [...readFileSync(svg, 'utf8').matchAll(/<polyline [^>]*points="([^"]*)"/g)].map(([, points]) => {
      const ys = points.split(' ').map((point) => Number(point.split(',')[1]));
      return Math.max(...ys) - Math.min(...ys);
    });
    expect(heights[1]).toBe(16 * heights[0]);
    const text = await info(uneven, '--picture', png);
    const { width, data } = decode(readFileSync(png));
    const [off, on] = [0, width / 2 + 2].map((left) => data[14 * width + left + 14]);
    expect([off, on]).toEqual([Math.round(255 / 16), 255]);
    expect(text).toMatch(/^OFF ▁.*\nON {2}█/m);
  });

  test.each([
    [['--picture', 'x.gif'], 'bad-value', /picture: expected a file that ends in \.svg or \.png/],
    [['--picture', '/nowhere/x.svg'], 'file-not-found', /picture: no such file or folder/],
    [['--index', '-1'], 'bad-value', /--index: expected a whole number from 0 up/],
  ])('mistakes: %j', async (args, code, message) => {
    const { status, stdout, stderr } = await certispike(['info', file, ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`\\[${code}\\]\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('what is neither a recording nor a model, and a damaged recording', async () => {
    const other = folder.at('other.txt');
    writeFileSync(other, 'nothing of the kind');
    const { status, stderr } = await certispike(['info', other]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^certispike: file: expected a model .* or a recording of N-MNIST.*, got a file that starts with "nothing of the k": .*other\.txt \[invalid-model-file\]\n$/,
    );
    // Nothing of it is a model: what is said is about recordings.
    const encoded = folder.at('evt4.raw');
    writeFileSync(encoded, '% evt 4.0\n% end\n');
    expect((await certispike(['info', encoded])).stderr).toMatch(/got an encoding "evt 4\.0"\. \[events-format\]\n$/);
    const cut = folder.at('cut.bin');
    writeFileSync(cut, readFileSync(file).subarray(0, 98));
    expect((await certispike(['info', cut])).stderr).toMatch(/cut\.bin: byte 95: .*\[events-truncated\]\n$/);
  });
});

describe('certispike info of a data set', () => {
  test('says what it holds and draws some examples', async () => {
    const data = await writeFiles(folder.at('set'), officialFiles({ train: 60, test: 20 }));
    const text = await info(data, '--bins', '4');
    expect(text).toContain(`${data}: a data set of recordings cut to 4 frames of spikes, 2 x 34 x 34, `);
    expect(text).toContain('frames: 4 bins of equal time\n');
    expect(text).toMatch(/test +20 +2 2 2/);
    expect(text).toMatch(/spikes: \d\.\d\d % of the positions/);
    const picture = folder.at('set.svg');
    const record = JSON.parse(await info(data, '--json', '--picture', picture));
    expect(record).toMatchObject({ kind: 'data set', steps: 10, parts: { train: { examples: 55 } } });
    expect(readFileSync(picture, 'utf8').match(/<image /g)).toHaveLength(4);
  });

  test('by its name', async () => {
    const text = await info('mnist');
    expect(text).toContain('mnist: a data set of images, 1 x 28 x 28, 10 classes');
    expect(text).toMatch(/test +10000 +980 1135/);
  });
});

describeShared('events')('real recordings', () => {
  test.each([
    ['sample_nmnist.bin', 'nmnist', 4325],
    ['sample_ncars.dat', 'dat', 2009],
  ])('%s', async (name, format, events) => {
    const record = JSON.parse(await info(shared('data', 'events', name), '--json'));
    expect(record).toMatchObject({ kind: 'recording', format, events });
  });

  test('sample.aedat4', async () => {
    const record = JSON.parse(await info(shared('data', 'events', 'sample.aedat4'), '--json'));
    expect(record).toMatchObject({ kind: 'recording', format: 'aedat4', sensor: { polarities: 2 } });
    expect(record.events).toBeGreaterThan(10_000);
  });
});
