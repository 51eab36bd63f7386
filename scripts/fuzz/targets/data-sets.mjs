// What lies around recordings and images in a data set: archives, compression, files of labels.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeIdx, eventFolder, isDatasetError, nmnist, writeIdx } from '@certispike/datasets';
import { zipSync } from 'fflate';
import { aedat3File, aedat3Packet, nmnistFile } from '../../../test/datasets/events/writers.mjs';
import { tools } from '../../setup/places.mjs';

const text = (lines) => new TextEncoder().encode(`${lines.join('\n')}\n`);
const recording = (first) =>
  nmnistFile(
    Array.from({ length: 20 }, (_, i) => ({ t: first + 500 * i, x: (3 * i) % 34, y: (5 * i) % 34, p: i % 2 })),
  );

/** A folder with these files, of which one at a time is replaced by a damaged one. */
function inFolder(name, files) {
  const folder = join(tools, 'fuzz', name);
  const write = (path, bytes) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  let isMade = false;
  return (path, bytes) => {
    if (!isMade) for (const [other, content] of Object.entries(files)) write(other, content);
    isMade = true;
    write(path, bytes);
    return folder;
  };
}

/** Bytes of the frames of a data set; they are bits in memory, and bytes when an example is asked for. */
const sizeOf = ({ train, validation, test }) =>
  [train, validation, test].reduce((size, source) => size + (source === undefined ? 0 : source.length * 4096), 0);

const archive = () =>
  zipSync({ 'Train/0/00001.bin': recording(0), 'Train/1/00002.bin': recording(7), 'Train/1/00003.bin': recording(9) });
const withTrain = inFolder('archives', { 'Test.zip': zipSync({ 'Test/0/00001.bin': recording(3) }) });

const labels = () => text(['file,class', 'a.bin,0', 'b.bin,1', 'c.bin,1', 'd.bin,0,test', 'e.bin,1,test']);
const names = ['a', 'b', 'c', 'd', 'e'];
const withLabels = inFolder('labels', Object.fromEntries(names.map((name, i) => [`${name}.bin`, recording(i)])));

const gestures = () => text(['class,startTime_usec,endTime_usec', '1,0,2000', '3,2000,6000', '11,6000,9000']);
const trial = aedat3File([
  aedat3Packet(Array.from({ length: 30 }, (_, i) => ({ t: 300 * i, x: i, y: 2 * i, p: i % 2 }))),
]);
const withGestures = inFolder('gestures', {
  'trials_to_train.txt': text(['user01.aedat']),
  'trials_to_test.txt': text(['user02.aedat']),
  'user01.aedat': trial,
  'user02.aedat': trial,
  'user02_labels.csv': gestures(),
});

const framing = { bins: 4 };
/** Files with many lines name the same recordings again and again. Folders are slow, so there are fewer cases. */
const lines = { multiple: 4096, extra: 2 ** 18, share: 0.2 };

export const targets = [
  {
    name: 'idx-gzip',
    files: () => [gzipSync(writeIdx({ type: 'uint8', shape: [4, 3, 2], data: new Uint8Array(24) }))],
    read: async (bytes) => (await decodeIdx(bytes)).data.byteLength,
    // Deflate can hold a thousand times its size.
    multiple: 1032,
    extra: 0,
  },
  {
    name: 'nmnist-archive',
    files: () => [archive()],
    read: async (bytes) => sizeOf(await nmnist({ folder: withTrain('Train.zip', bytes), framing })),
    ...lines,
  },
  {
    name: 'labels',
    files: () => [labels()],
    read: async (bytes) => sizeOf(await eventFolder(withLabels('labels.csv', bytes), { framing })),
    ...lines,
  },
  {
    name: 'gesture-labels',
    files: () => [gestures()],
    read: async (bytes) => sizeOf(await eventFolder(withGestures('user01_labels.csv', bytes), { framing })),
    ...lines,
  },
].map((target) => ({ ...target, isRefusal: isDatasetError }));
