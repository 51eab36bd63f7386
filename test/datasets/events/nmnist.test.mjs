import { readdirSync } from 'node:fs';
import { isDatasetError, readNmnist } from '@certispike/datasets';
import { describeShared, shared, sharedFile } from '../shared.mjs';
import { nmnistFile } from './writers.mjs';

const sum = (array) => array.reduce((total, value) => total + value, 0);
const largest = (array) => array.reduce((most, value) => Math.max(most, value), 0);

// Numbers of a separate program that splits the files byte by byte and knows nothing of this package.
describeShared('nmnist-small', 'events/sample_nmnist.bin')('real recordings', () => {
  test('the 1,100 .bs2 have 4,518,827 events, 2,250,078 of them ON, at the counted places and times', () => {
    const names = readdirSync(shared('data', 'nmnist-small')).filter((name) => name.endsWith('.bs2'));
    const seen = { files: names.length, events: 0, on: 0, right: 0, bottom: 0, ends: [], times: 0 };
    for (const name of names) {
      const { t, x, y, p, width, height, polarities } = readNmnist(sharedFile('data', 'nmnist-small', name), { name });
      expect([width, height, polarities]).toEqual([34, 34, 2]);
      seen.events += t.length;
      seen.on += sum(p);
      seen.times += sum(t);
      seen.right = Math.max(seen.right, largest(x));
      seen.bottom = Math.max(seen.bottom, largest(y));
      seen.ends.push(t[t.length - 1]);
    }
    const ends = [Math.min(...seen.ends), Math.max(...seen.ends)];
    expect({ ...seen, ends }).toEqual({
      files: 1100,
      events: 4_518_827,
      on: 2_250_078,
      right: 33,
      bottom: 33,
      ends: [296_841, 336_040],
      times: 668_576_663_346,
    });
  });

  test('the official .bin has 4,325 events, 2,145 of them ON', () => {
    const { t, x, y, p } = readNmnist(sharedFile('data', 'events', 'sample_nmnist.bin'));
    expect([t.length, sum(p), sum(x), sum(y)]).toEqual([4325, 2145, 74_457, 71_931]);
    expect([t[0], x[0], y[0], p[0]]).toEqual([654, 7, 15, 1]);
    expect([t[4324], x[4324], y[4324], p[4324]]).toEqual([311_175, 21, 14, 1]);
  });
});

describe('N-MNIST', () => {
  const events = [
    { t: 0, x: 0, y: 0, p: 1 },
    { t: 65_536, x: 33, y: 1, p: 0 },
    { t: 8_388_607, x: 2, y: 33, p: 1 },
  ];

  test('the layout is the published one', () => {
    expect(Array.from(nmnistFile(events))).toEqual([0, 0, 0x80, 0, 0, 33, 1, 1, 0, 0, 2, 33, 0xff, 0xff, 0xff]);
    const { t, x, y, p } = readNmnist(nmnistFile(events));
    expect(events.map((_, i) => ({ t: t[i], x: x[i], y: y[i], p: p[i] }))).toEqual(events);
  });

  test('a row of 240 is a mark or an event, by the name of who reads it so', () => {
    const marked = nmnistFile([
      { t: 5, x: 1, y: 1, p: 0 },
      { t: 6, x: 0, y: 240, p: 0 },
      { t: 7, x: 2, y: 2, p: 1 },
      { t: 8, x: 0, y: 240, p: 0 },
      { t: 9, x: 3, y: 3, p: 1 },
    ]);
    expect(Array.from(readNmnist(marked).t)).toEqual([5, 8192 + 7, 16_384 + 9]);
    expect(Array.from(readNmnist(marked, { row240: 'tonic' }).x)).toEqual([1, 2, 3]);
    const plain = readNmnist(marked, { row240: 'spikingjelly', width: 304, height: 241 });
    expect([plain.width, plain.height, Array.from(plain.t)]).toEqual([304, 241, [5, 6, 7, 8, 9]]);
    expect(() => readNmnist(marked, { row240: 'spikingjelly' })).toThrow('got x 0, y 240');
  });

  const backwards = nmnistFile([events[1], events[0], events[2]]);
  const outside = nmnistFile([events[0], { t: 1, x: 34, y: 0, p: 0 }]);
  test.each([
    ['cut', nmnistFile(events).subarray(0, 12), {}, 'events-truncated', 'end of the file', 10],
    ['backwards', backwards, {}, 'events-order', 'time of event 1', 5],
    ['outside', outside, {}, 'events-outside', 'position of event 1', 5],
    ['too many', nmnistFile(events), { maxEvents: 2 }, 'events-too-many', 'events', 10],
    ['empty', new Uint8Array(0), {}, 'events-empty', 'events', undefined],
    ['half a sensor', new Uint8Array(0), { width: 3 }, 'option-invalid', 'height', undefined],
    ['a strange choice', new Uint8Array(0), { unsorted: 'maybe' }, 'option-invalid', 'unsorted', undefined],
  ])('%s', (_, bytes, options, code, field, offset) => {
    const error = (() => {
      try {
        return readNmnist(bytes, { name: 'a.bin', ...options });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(isDatasetError(error)).toBe(true);
    expect({ code: error.code, field: error.detail.field, offset: error.detail.offset }).toEqual({
      code,
      field,
      offset,
    });
  });

  test('an error names file, offset, expectation and what came', () => {
    expect(() => readNmnist(backwards, { name: 'a.bin' })).toThrow(
      'a.bin: byte 5: time of event 1: expected at least 65536 us, the time before, got 0 us. ' +
        "Such events can be put in order with unsorted: 'sort' (--reading unsorted=sort), or left out with 'drop'.",
    );
    expect(() => readNmnist(nmnistFile(events).subarray(0, 12), { name: 'a.bin' })).toThrow(
      "a.bin: byte 10: end of the file: expected an event of 5 bytes, got 2 bytes. It can be left out with truncated: 'drop' (--reading truncated=drop).",
    );
  });

  test('lenient readings', () => {
    const times = (bytes, options) => Array.from(readNmnist(bytes, options).t);
    expect(times(nmnistFile(events).subarray(0, 12), { truncated: 'drop' })).toEqual([0, 65_536]);
    expect(times(backwards, { unsorted: 'sort' })).toEqual([0, 65_536, 8_388_607]);
    expect(times(backwards, { unsorted: 'drop' })).toEqual([65_536, 8_388_607]);
    expect(times(outside, { outside: 'drop' })).toEqual([0]);
    expect(times(new Uint8Array(0), { empty: 'allow' })).toEqual([]);
  });
});
