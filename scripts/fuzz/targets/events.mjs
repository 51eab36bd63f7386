// Recordings of event cameras, strictly and leniently, whole and in chunks.
import { readFileSync } from 'node:fs';
import {
  checkedRecording,
  isDatasetError,
  openShd,
  parseIdx,
  readRecording,
  readRecordingStream,
  writeIdx,
} from '@certispike/datasets';
import {
  aedat2File,
  aedat3File,
  aedat3Packet,
  datFile,
  davis,
  dvs128,
  evt2File,
  evt3File,
  nmnistFile,
} from '../../../test/datasets/events/writers.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../../test/datasets/events/fixtures/${name}`, import.meta.url)));

const events = Array.from({ length: 24 }, (_, i) => ({ t: 90 * i, x: (7 * i) % 34, y: (5 * i) % 34, p: i % 2 }));
const addresses = (pack) => events.map(({ t, x, y, p }) => ({ t, address: pack({ x, y, bit: p }) }));

/** Bytes of arrays per event. */
const EVENT = 13;

const sizeOf = (recording) => {
  const { t, x, y, p } = checkedRecording(recording);
  return t.byteLength + x.byteLength + y.byteLength + p.byteLength;
};

const lenient = { unsorted: 'sort', outside: 'drop', truncated: 'drop', empty: 'allow', overflow: 'unwrap' };

/** What a reading comes to, to compare two of them. */
async function summary(reading) {
  try {
    const { t, x, y, p, ...rest } = await reading;
    return JSON.stringify([rest, Array.from(t), Array.from(x), Array.from(y), Array.from(p)]);
  } catch (error) {
    if (!isDatasetError(error)) throw error;
    return `${error.code} ${error.message}`;
  }
}

/** Chunks of lengths that depend on the content alone. */
function* chunks(bytes) {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + ((bytes[at] * 7 + at) % 97);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(bytes, format) {
  const whole = readRecording(bytes, { format });
  const streamed = summary(readRecordingStream(chunks(bytes), { format }));
  const [one, other] = [await summary(whole), await streamed];
  if (one !== other) throw new Error(`whole: ${one.slice(0, 300)}\nin chunks: ${other.slice(0, 300)}`);
  // Never less than the strict reading, where that succeeds.
  const size = sizeOf(await readRecording(bytes, { format, ...lenient }));
  return Math.max(size, sizeOf(await whole));
}

/** `multiple`: the documented bound of each reader. */
const formats = [
  ['nmnist', EVENT / 5, () => [nmnistFile(events), nmnistFile(events.slice(0, 3))]],
  ['dat', EVENT / 8, () => [datFile(events), fixture('expelliarmus.dat')]],
  ['evt2', EVENT / 4, () => [evt2File(events), evt2File(events, ['% geometry 640x480', '% evt 2.0'])]],
  ['evt3', 6 * EVENT, () => [evt3File(events), fixture('evt3.raw')]],
  [
    'aedat2',
    EVENT / 8,
    () => [
      aedat2File(addresses(dvs128)),
      aedat2File(addresses(davis), ['# AEChip: Davis240C', '#End Of ASCII Header']),
    ],
  ],
  [
    'aedat3',
    EVENT / 8,
    () => [aedat3File([aedat3Packet(events), aedat3Packet(events.map((event) => ({ ...event, t: event.t + 9000 })))])],
  ],
  ['aedat4', 16 * EVENT, () => ['plain.aedat4', 'undescribed.aedat4', 'lz4.aedat4', 'zstd.aedat4'].map(fixture)],
];

const allFiles = () => formats.flatMap(([, , files]) => files());

const spikeFiles = () => ['shd-chunked.h5', 'shd-contiguous.h5', 'shd-v110.h5'].map(fixture);

async function readSpikes(bytes) {
  const file = await openShd(bytes, { empty: 'allow', unsorted: 'sort', outside: 'drop' });
  let size = file.labels?.byteLength ?? 0;
  try {
    // Recordings of a damaged file may all be the same bytes of it, so each is bounded, and not all together.
    for (let index = 0; index < Math.min(file.length, 5); index += 1)
      size = Math.max(size, sizeOf(file.recording(index)));
  } finally {
    file.free();
  }
  return size;
}

const images = () => [
  writeIdx({ type: 'uint8', shape: [4, 3, 2], data: new Uint8Array(24) }),
  writeIdx({ type: 'float64', shape: [3], data: Float64Array.of(1, 2, 3) }),
];

const isRefusal = isDatasetError;

export const targets = [
  ...formats.map(([name, multiple, files]) => ({
    name: `events-${name}`,
    files,
    read: (bytes) => read(bytes, name),
    isRefusal,
    multiple,
    // Zstandard and LZ4 allow small packets more.
    extra: name === 'aedat4' ? 2 ** 20 : 0,
  })),
  {
    name: 'events-any',
    files: () => allFiles().filter((file) => file[0] === 0x23 || file[0] === 0x25),
    read: (bytes) => read(bytes),
    isRefusal,
    multiple: 16 * EVENT,
    extra: 2 ** 20,
  },
  { name: 'events-shd', files: spikeFiles, read: readSpikes, isRefusal, multiple: EVENT / 2, extra: 64 },
  {
    name: 'idx',
    files: images,
    read: async (bytes) => parseIdx(bytes).data.byteLength,
    isRefusal,
    multiple: 1,
    extra: 0,
  },
];
