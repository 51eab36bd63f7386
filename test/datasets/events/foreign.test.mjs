import { readFileSync } from 'node:fs';
import { openShd, readRecording, readRecordingStream, readShd, streamEvents } from '@certispike/datasets';
import { describeShared, sharedFile } from '../shared.mjs';

const fixture = (name) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
const contents = JSON.parse(readFileSync(new URL('./fixtures/foreign.json', import.meta.url), 'utf8'));

const plain = ({ t, x, y, p }) => ({ t: Array.from(t), x: Array.from(x), y: Array.from(y), p: Array.from(p) });
const sum = (array) => array.reduce((total, value) => total + value, 0);
const largest = (array) => array.reduce((most, value) => Math.max(most, value), 0);

/** The bytes in pieces of `size`. */
function* pieces(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('files that other programs wrote', () => {
  const names = ['expelliarmus.dat', 'evt2.raw', 'evt3.raw', 'plain.aedat4', 'undescribed.aedat4', 'lz4.aedat4'];
  test.each([...names, 'zstd.aedat4'])('%s', async (name) => {
    const { sensor, ...events } = contents[name];
    const whole = await readRecording(fixture(name));
    expect(plain(whole)).toEqual(events);
    expect(whole.polarities).toBe(2);
    if (sensor) expect([whole.width, whole.height]).toEqual(sensor);
    for (const size of [1, 7, 1000]) {
      expect(await readRecordingStream(pieces(fixture(name), size))).toEqual(whole);
    }
  });

  test.each(['shd-chunked.h5', 'shd-contiguous.h5', 'shd-v110.h5'])('%s', async (name) => {
    const recordings = contents[name];
    const file = await openShd(fixture(name));
    expect([file.length, Array.from(file.labels), file.classes]).toEqual([
      3,
      [3, 0, 1],
      ['zero', 'one', 'two', 'three'],
    ]);
    for (const index of [0, 2]) {
      const { t, x } = recordings[index];
      const zeros = t.map(() => 0);
      const recording = file.recording(index);
      expect(plain(recording)).toEqual({ t, x, y: zeros, p: zeros });
      expect([recording.width, recording.height, recording.polarities]).toEqual([700, 1, 1]);
      expect(await readRecordingStream(pieces(fixture(name), 999), { index })).toEqual(recording);
    }
    expect(() => file.recording(1)).toThrow('events: expected at least one event, got none');
    expect(() => file.recording(3)).toThrow('index: expected an integer from 0 to 2');
    file.free();
    await expect(readShd(fixture(name))).rejects.toThrow(
      'index: expected which of the 3 recordings to read, got nothing',
    );
    const empty = await readRecording(fixture(name), { index: 1, empty: 'allow' });
    expect(empty.t).toHaveLength(0);
  });
});

// Counts by separate programs: a script that goes through the bytes, and the decoder of the Python package aedat.
describeShared('events/sample_ncars.dat', 'events/sample.aedat4')('real files', () => {
  test('a .dat of N-Cars has 2,009 events, 1,350 of them ON', async () => {
    const { width, height, t, x, y, p } = await readRecording(sharedFile('data', 'events', 'sample_ncars.dat'));
    expect([t.length, sum(p), sum(x), sum(y)]).toEqual([2009, 1350, 93_457, 40_463]);
    expect([width, height]).toEqual([78, 42]);
    expect([t[0], x[0], y[0], p[0]]).toEqual([0, 25, 8, 0]);
    expect([t[2008], x[2008], y[2008], p[2008]]).toEqual([99_952, 75, 28, 1]);
  });

  test('an .aedat4 has 111,954 events, 55,023 of them ON, whole and in chunks', async () => {
    const bytes = sharedFile('data', 'events', 'sample.aedat4');
    const recording = await readRecording(bytes);
    const { width, height, t, x, y, p } = recording;
    expect([t.length, sum(p), sum(x), sum(y)]).toEqual([111_954, 55_023, 18_342_405, 15_105_898]);
    expect([width, height, largest(x), largest(y)]).toEqual([320, 240, 319, 239]);
    expect([t[0], x[0], y[0], p[0]]).toEqual([1605537493718345, 154, 204, 0]);
    expect([t.at(-1), x.at(-1), y.at(-1), p.at(-1)]).toEqual([1605537494308262, 88, 237, 1]);
    expect(await readRecordingStream(pieces(bytes, 65_536))).toEqual(recording);
  });
});

describeShared(
  'nir/lif_norse.nir',
  'nir/cnn_sinabs.nir',
  'nir/lif.nir',
)('HDF5 files of another kind', () => {
  test.each(['lif_norse', 'lif_rockpool', 'cnn_sinabs', 'two_lif_neurons', 'lif'])('%s.nir', async (name) => {
    const bytes = sharedFile('data', 'nir', `${name}.nir`);
    await expect(readRecording(bytes, { name })).rejects.toMatchObject({
      code: 'events-corrupt',
      message: `${name}: HDF5 file: expected recordings in /spikes/times and /spikes/units, got /spikes/times: expected a dataset, got none.`,
    });
  });
});

describeShared('nmnist-small/1.bs2')('a recording of any length', () => {
  test('comes batch by batch, with what is known of the sensor', async () => {
    const bytes = sharedFile('data', 'nmnist-small', '1.bs2');
    let events = 0;
    let batches = 0;
    for await (const { format, sensor, t } of streamEvents(pieces(bytes, 4096), { name: '1.bs2' })) {
      expect([format, sensor]).toEqual(['nmnist', { width: 34, height: 34 }]);
      expect(t.length).toBeLessThanOrEqual(820);
      events += t.length;
      batches += 1;
    }
    expect([events, batches]).toEqual([bytes.length / 5, Math.ceil(bytes.length / 4096)]);
  });
});
