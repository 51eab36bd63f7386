import { columns, mebibytes, milliseconds, ratio } from './columns.mjs';

/** The results as a table. */
export function summaryLines({ machine, results }) {
  const workers = [...new Set([1, machine.cores])];
  const peers = [...new Set(results.flatMap((result) => Object.keys(result.peers)))];
  const head = ['median', ...workers.map((count) => `${count}w ms`)];
  const rows = [
    [...head, 'spread %', 'speed-up', 'images/s', 'MiB', ...peers.flatMap((name) => [`${name} ms`, 'ratio'])],
  ];
  for (const { id, ours, peers: others } of results) {
    const times = workers.map((count) => ours[count]);
    const best = times[times.length - 1];
    rows.push([
      id,
      ...times.map(({ median }) => milliseconds(median)),
      ((100 * (best.upperQuartile - best.lowerQuartile)) / best.median).toFixed(0),
      ratio(times[0].median / best.median),
      best.imagesPerSecond.toFixed(0),
      mebibytes(best.memory).replace(' MiB', ''),
      ...peers.flatMap((name) =>
        others[name] === undefined
          ? ['', '']
          : [milliseconds(others[name].median), ratio(others[name].median / best.median)],
      ),
    ]);
  }
  return columns(rows);
}
