/** What comes of files, in Node or in a browser: numbers that change when any number of a recording does. */
export async function digests(datasets, names, load) {
  const { denoise, frames, readRecording, readRecordingStream } = datasets;
  const results = [];
  for (const name of names) {
    const bytes = await load(name);
    const options = { name, index: 2 };
    const recording = await readRecording(bytes, options);
    const streamed = await readRecordingStream(new Blob([bytes]).stream(), options);
    const refused = await readRecording(bytes.subarray(0, bytes.length >> 1), options).catch(({ message }) => message);
    const { data, ...shape } = frames(recording, { bins: 7, tail: 'spikingjelly' });
    results.push({
      name,
      whole: digest(recording),
      streamed: digest(streamed),
      denoised: digest(denoise(recording, { time: 50_000 })),
      frames: { ...shape, sum: sumOf(data) },
      refused: typeof refused === 'string' ? refused : digest(refused),
    });
  }
  return results;
}

const digest = ({ width, height, polarities, t, x, y, p }) => [
  width,
  height,
  polarities,
  t.length,
  ...[t, x, y, p].map(sumOf),
];

/** A sum in which every place counts otherwise, exact below 2^53. */
function sumOf(array) {
  let sum = 0;
  for (let i = 0; i < array.length; i += 1) sum = (sum * 31 + (array[i] % 1_000_003)) % 1_000_000_007;
  return sum;
}
