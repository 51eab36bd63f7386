import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  isDatasetError,
  readAedat2,
  readAedat3,
  readAedat4,
  readDat,
  readEvt2,
  readEvt3,
  readRecording,
  readRecordingStream,
  streamEvents,
} from '@certispike/datasets';
import {
  aedat2File,
  aedat3File,
  aedat3Packet,
  assemble,
  datFile,
  davis,
  dvs128,
  evt2File,
  evt3File,
  evt3Words,
  nmnistFile,
} from './writers.mjs';

const rows = ({ t, x, y, p }) => Array.from(t, (time, i) => [time, x[i], y[i], p[i]]);
const fixture = (name) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));

/** What goes wrong, in parts. */
async function refusal(attempt) {
  try {
    await attempt();
  } catch (error) {
    expect(isDatasetError(error)).toBe(true);
    const { field, offset, received } = error.detail;
    return { code: error.code, field, offset, received };
  }
  return undefined;
}

/** Events in order of time, within a range of times and a sensor. */
const events = (most, width, height) =>
  fc
    .array(fc.record({ t: fc.nat(most), x: fc.nat(width - 1), y: fc.nat(height - 1), p: fc.nat(1) }), {
      minLength: 1,
      maxLength: 60,
    })
    .map((list) => list.sort((a, b) => a.t - b.t));

describe('what is written is read again', () => {
  test.each([
    ['.bin', events(2 ** 23 - 1, 34, 34), nmnistFile, { name: 'a.bin' }],
    ['.dat', events(2 ** 32 - 1, 2 ** 14, 2 ** 14), datFile, {}],
    ['EVT 2.0', events(2 ** 34 - 1, 2048, 2048), evt2File, {}],
    ['EVT 3.0', events(2 ** 24 - 1, 2048, 2048), evt3File, {}],
    ['AEDAT 3.1', events(2 ** 31 - 1, 128, 128), (list) => aedat3File([aedat3Packet(list)]), {}],
  ])('%s, whole and in chunks', async (_, list, write, options) => {
    await fc.assert(
      fc.asyncProperty(list, fc.integer({ min: 1, max: 50 }), async (wanted, size) => {
        const bytes = write(wanted);
        const recording = await readRecording(bytes, options);
        expect(rows(recording)).toEqual(wanted.map(({ t, x, y, p }) => [t, x, y, p]));
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (__, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        expect(await readRecordingStream(pieces, options)).toEqual(recording);
        const streamed = [];
        for await (const batch of streamEvents(pieces, options)) streamed.push(...rows(batch));
        expect(streamed).toEqual(rows(recording));
      }),
      { numRuns: 40 },
    );
  });
});

describe('.dat', () => {
  const late = [
    { t: 2 ** 32 - 1, x: 1, y: 2, p: 1 },
    { t: 3, x: 1, y: 2, p: 0 },
  ];

  test('the sides of the sensor, where the header has them', () => {
    const { width, height } = readDat(datFile([late[1]], ['% Version 2', '% Width 304', '% Height 240']));
    expect([width, height]).toEqual([304, 240]);
  });

  test('an overflow of the time is an error, or goes on', async () => {
    expect(await refusal(() => readDat(datFile(late)))).toMatchObject({ code: 'events-overflow', offset: 22 });
    expect(Array.from(readDat(datFile(late), { overflow: 'unwrap' }).t)).toEqual([2 ** 32 - 1, 2 ** 32 + 3]);
  });

  test.each([
    ['of triggers', datFile([late[0]], ['% Version 2'], 14), 'events-header', 'header', 12],
    ['without lines', assemble(['no header'], true), 'events-header', 'header', 0],
    ['cut in the header', datFile([]).subarray(0, 8), 'events-truncated', 'header', 0],
    ['cut in an event', datFile([late[0]]).subarray(0, 20), 'events-truncated', 'end of the file', 14],
    ['without events', datFile([]), 'events-empty', 'events', undefined],
  ])('%s', async (_, bytes, code, field, offset) => {
    expect(await refusal(() => readDat(bytes))).toMatchObject({ code, field, offset });
  });
});

describe('EVT 2.0 and 3.0', () => {
  test('the header names encoding and sensor', () => {
    const event = { t: 70, x: 3, y: 4, p: 1 };
    const forms = [
      readEvt2(evt2File([event], ['% geometry 640x480', '% evt 2.0'])),
      readEvt2(evt2File([event], ['% format EVT2;height=480;width=640', '% end'])),
      readEvt3(evt3File([event], ['% evt 3.0', '% format EVT3;height=480;width=640', '% end'])),
    ];
    for (const recording of forms) {
      expect([recording.width, recording.height]).toEqual([640, 480]);
      expect(rows(recording)).toEqual([[70, 3, 4, 1]]);
    }
  });

  test('times of both go on after an overflow', () => {
    const evt2 = [2 ** 34 - 5, 2 ** 34 + 7, 1.5 * 2 ** 34 + 5, 2 ** 35 + 1].map((t) => ({ t, x: 1, y: 1, p: 0 }));
    expect(Array.from(readEvt2(evt2File(evt2)).t)).toEqual(evt2.map(({ t }) => t));
    const evt3 = [2 ** 24 - 5, 2 ** 24 + 7, 1.5 * 2 ** 24 + 5, 2 ** 25 + 1].map((t) => ({ t, x: 1, y: 1, p: 0 }));
    expect(Array.from(readEvt3(evt3File(evt3)).t)).toEqual(evt3.map(({ t }) => t));
  });

  test('vectors of EVT 3.0, and what is left out', () => {
    const words = [
      [0, 5], // row 5
      [2, 9], // an event without a time yet
      [8, 1],
      [6, 2], // 4098 us
      [3, 2 ** 11 + 100], // ON, from column 100 on
      [4, 0b100000000001],
      [5, 0b10000010],
      [10, 3], // a trigger
      [8, 1], // the same upper bits again
      [0, 6],
      [2, 7],
    ];
    expect(rows(readEvt3(evt3Words(words)))).toEqual([
      [4098, 100, 5, 1],
      [4098, 111, 5, 1],
      [4098, 113, 5, 1],
      [4098, 119, 5, 1],
      [4098, 7, 6, 0],
    ]);
  });

  test.each([
    ['EVT 2.1', ['% evt 2.1'], 'events-format', 'format'],
    ['the other order of bytes', ['% evt 3.0', '% endianness big'], 'events-format', 'format'],
    ['EVT 4', ['% format EVT4;width=3'], 'events-format', 'format'],
  ])('%s is not known', async (_, lines, code, field) => {
    expect(await refusal(() => readRecording(evt2File([], lines)))).toMatchObject({ code, field });
  });

  test.each([
    ['another encoding', () => readEvt3(evt2File([])), 'events-header', 'evt 2.0'],
    [
      'no encoding',
      () => readEvt2(assemble(['% Date\n', [1, 4]], true)),
      'events-header',
      'none that names the encoding',
    ],
    [
      'half a word',
      () => readEvt2(evt2File([{ t: 1, x: 1, y: 1, p: 1 }]).subarray(0, -1)),
      'events-truncated',
      '3 bytes',
    ],
    ['nothing behind the header', () => readEvt3(evt3File([])), 'events-empty', 'none'],
  ])('%s', async (_, attempt, code, received) => {
    expect(await refusal(attempt)).toMatchObject({ code, received });
  });
});

describe('AEDAT 2.0', () => {
  const fields = { x: 10, y: 20, bit: 1 };

  test.each([
    ['jaer', [117, 107, 0]],
    ['inivation', [10, 107, 1]],
    ['tonic', [20, 10, 1]],
    ['spikingjelly', [107, 117, 0]],
  ])('a DVS128 as %s reads it', (orientation, place) => {
    const file = aedat2File([{ t: 9, address: dvs128(fields) }]);
    const recording = readAedat2(file, { orientation });
    expect([recording.width, recording.height]).toEqual([128, 128]);
    expect(rows(recording)).toEqual([[9, ...place]]);
  });

  test.each([
    ['jaer', [335, 239, 1]],
    ['inivation', [10, 239, 1]],
    ['tonic', [335, 239, 1]],
  ])('a DAVIS346 as %s reads it', (orientation, place) => {
    const lines = ['# AEChip: eu.seebetter.ini.chips.davis.Davis346B', '#End Of ASCII Header'];
    const frame = { t: 8, address: 2 ** 31 + davis(fields) };
    const trigger = { t: 8, address: 2 ** 10 + davis(fields) };
    const file = aedat2File([frame, trigger, { t: 9, address: davis(fields) }], lines);
    const recording = readAedat2(file, { orientation });
    expect([recording.width, recording.height]).toEqual([346, 260]);
    expect(rows(recording)).toEqual([[9, ...place]]);
  });

  test('external events are left out, and a first byte that looks like a header needs the last line', async () => {
    const file = aedat2File([
      { t: 1, address: 2 ** 15 + 2 },
      { t: 2, address: 2 },
    ]);
    expect(rows(readAedat2(file))).toEqual([[2, 126, 127, 1]]);
    const looks = aedat2File(
      [{ t: 0x0a0a, address: 0x23000000 + davis(fields) }],
      ['# AEChip: DAVIS640', '#End Of ASCII Header'],
    );
    expect(rows(await readRecording(looks))).toHaveLength(1);
  });

  test.each([
    ['a chip that is not known', ['# AEChip: ch.unizh.ini.jaer.chip.cochlea.CochleaAMS'], {}, 'AEChip'],
    ['a DAVIS that is not known', ['# AEChip: Davis999'], {}, 'AEChip'],
    ['a DAVIS as SpikingJelly', ['# AEChip: Davis240C'], { orientation: 'spikingjelly' }, 'orientation'],
    ['outside', ['# AEChip: Davis240C'], {}, 'position of event 0'],
  ])('%s', async (_, lines, options, field) => {
    const file = aedat2File([{ t: 1, address: davis({ x: 300, y: 1, bit: 0 }) }], lines);
    expect(await refusal(() => readAedat2(file, options))).toMatchObject({ field });
  });

  test('what the header does not say, options can', () => {
    const file = aedat2File([{ t: 1, address: davis(fields) }], ['# AEChip: Davis999']);
    expect(rows(readAedat2(file, { camera: 'davis', width: 100, height: 50 }))).toEqual([[1, 89, 29, 1]]);
  });
});

describe('AEDAT 3.1', () => {
  const list = [
    { t: 5, x: 1, y: 2, p: 1 },
    { t: 6, x: 3, y: 4, p: 0, isValid: false },
    { t: 7, x: 127, y: 0, p: 0 },
  ];

  test('packets of other types and invalid events are left out, overflows count', () => {
    const file = aedat3File([
      aedat3Packet(list),
      aedat3Packet(list, { type: 2 }),
      aedat3Packet([list[0]], { overflows: 3 }),
    ]);
    expect(rows(readAedat3(file))).toEqual([
      [5, 1, 2, 1],
      [7, 127, 0, 0],
      [3 * 2 ** 31 + 5, 1, 2, 1],
    ]);
  });

  test('packets that are not full, by the name of who reads them so', async () => {
    const short = aedat3File([aedat3Packet(list, { capacity: 5 }), aedat3Packet([{ ...list[0], t: 8 }])]);
    expect(rows(readAedat3(short))).toHaveLength(3);
    const room = [[0, 16]];
    const full = aedat3File([aedat3Packet(list, { capacity: 5 }), room, aedat3Packet([{ ...list[0], t: 8 }])]);
    expect(rows(readAedat3(full, { packets: 'tonic' }))).toHaveLength(3);
    expect(await refusal(() => readAedat3(full))).toMatchObject({ code: 'events-corrupt', field: "packet's header" });
  });

  test.each([
    ['AEDAT 3.0', assemble(['#!AER-DAT3.0\r\n#!END-HEADER\r\n'], true), 'events-header', 'header'],
    ['no end of the header', assemble(['#!AER-DAT3.1\r\n', [0, 4]], true), 'events-header', 'header'],
    ['cut in a packet', aedat3File([aedat3Packet(list)]).subarray(0, -1), 'events-truncated', 'end of the file'],
    ['more events than room', aedat3File([aedat3Packet(list, { capacity: 2 })]), 'events-corrupt', "packet's header"],
    [
      'absurdly large',
      aedat3File([aedat3Packet(list, { capacity: 2 ** 30, number: 2 ** 30 })]),
      'events-corrupt',
      "packet's header",
    ],
    ['tiny events', aedat3File([aedat3Packet(list, { size: 4 })]), 'events-corrupt', 'event size'],
    ['a negative time', aedat3File([aedat3Packet([{ ...list[0], t: 2 ** 31 }])]), 'events-overflow', 'time'],
    [
      'a time beyond all numbers',
      aedat3File([aedat3Packet([list[0]], { overflows: 2 ** 30 })]),
      'events-overflow',
      'time of event 0',
    ],
    ['outside', aedat3File([aedat3Packet([{ ...list[0], x: 128 }])]), 'events-outside', 'position of event 0'],
  ])('%s', async (_, bytes, code, field) => {
    expect(await refusal(() => readAedat3(bytes))).toMatchObject({ code, field });
  });
});

describe('AEDAT 4.0', () => {
  const file = fixture('lz4.aedat4');
  const changed = (at, value) => {
    const bytes = Uint8Array.from(file);
    bytes[at] = value;
    return bytes;
  };

  test('a stream by its number', async () => {
    expect((await readAedat4(file, { stream: 1 })).t).toHaveLength(400);
    expect(await refusal(() => readAedat4(file, { stream: 0 }))).toMatchObject({
      code: 'events-header',
      field: 'streams',
      received: '0 TRIG, 1 EVTS',
    });
  });

  test('every cut is told, or leaves whole packets', async () => {
    let before = 0;
    for (let length = 0; length < file.length; length += 13) {
      const error = await refusal(() => readAedat4(file.subarray(0, length)));
      expect(error?.code ?? 'none').toMatch(/events-truncated|events-empty|none/);
      if (length < 1000) continue;
      const { t } = await readAedat4(file.subarray(0, length), { truncated: 'drop', empty: 'allow' });
      expect(t.length).toBeGreaterThanOrEqual(before);
      before = t.length;
    }
    expect(before).toBe(400);
  });

  test.each([
    ['another version', changed(9, 0x35), 'events-header'],
    ['a description of another kind', changed(23, 0x58), 'events-corrupt'],
    ['a root outside', changed(20, 0xff), 'events-corrupt'],
  ])('%s', async (_, bytes, code) => {
    expect(await refusal(() => readAedat4(bytes))).toMatchObject({ code });
  });
});

describe('what a file is', () => {
  test('is told by its content', async () => {
    const many = Array.from({ length: 9 }, (_, t) => ({ t, x: 1, y: 1, p: 1 }));
    expect(rows(await readRecording(nmnistFile(many)))).toHaveLength(9);
    expect(rows(await readRecording(nmnistFile(many), { format: 'nmnist' }))).toHaveLength(9);
    for await (const batch of streamEvents([evt3File(many)]))
      expect(batch).toMatchObject({ format: 'evt3', polarities: 2 });
  });

  test.each([
    ['a web page', assemble(['<!doctype html><html></html>'], true), 'a file that starts with "<!doctype html><"'],
    ['nothing', new Uint8Array(0), 'an empty file'],
    ['AEDAT 1.0', assemble(['#!AER-DAT1.0\r\nabcdefgh'], true), 'a file that starts with "#!AER-DAT1.0\\r\\nab"'],
  ])('%s is refused', async (_, bytes, received) => {
    const expected = { code: 'events-format', field: 'format', offset: undefined, received };
    expect(await refusal(() => readRecording(bytes))).toEqual(expected);
    expect(await refusal(() => readRecordingStream([bytes]))).toEqual(expected);
  });

  test('a stream that can only be read with a reader, to its end or to the first error', async () => {
    const many = nmnistFile(Array.from({ length: 9 }, (_, t) => ({ t, x: 1, y: 1, p: 1 })));
    let ended = 0;
    const stream = (bytes) => ({
      getReader() {
        const left = [bytes.subarray(0, 7), bytes.subarray(7)];
        const read = async () => (left.length > 0 ? { done: false, value: left.shift() } : { done: true });
        return { read, cancel: async () => (ended += 1) };
      },
    });
    expect(rows(await readRecordingStream(stream(many)))).toHaveLength(9);
    expect(await refusal(() => readRecordingStream(stream(many), { width: 1, height: 1 }))).toMatchObject({
      code: 'events-outside',
    });
    expect(ended).toBe(2);
  });

  test('a stream that no one wants to the end is let go', async () => {
    const many = nmnistFile(Array.from({ length: 90 }, (_, t) => ({ t, x: 1, y: 1, p: 1 })));
    let isLetGo = false;
    async function* endless() {
      try {
        for (;;) yield many;
      } finally {
        isLetGo = true;
      }
    }
    for await (const { t } of streamEvents(endless(), { name: 'a.bin' })) {
      expect(t).toHaveLength(90);
      break;
    }
    expect(isLetGo).toBe(true);
  });

  test('a stream of nothing, of a bad choice, or that cannot be sorted', async () => {
    expect(await refusal(() => readRecordingStream([]))).toMatchObject({ code: 'events-format' });
    expect(await refusal(() => readRecording(new Uint8Array(0), { format: 'mat' }))).toMatchObject({ field: 'format' });
    const sorting = streamEvents([nmnistFile([])], { unsorted: 'sort' });
    expect(await refusal(() => sorting.next())).toMatchObject({ field: 'unsorted' });
    expect(await refusal(() => streamEvents([new Uint8Array(0)], { name: 'a.bin' }).next())).toMatchObject({
      code: 'events-empty',
    });
  });
});
