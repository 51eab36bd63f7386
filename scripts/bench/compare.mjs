import { columns, milliseconds, ratio } from './columns.mjs';

/** Lines that set a record against an earlier one: how many times as fast each workload has become. */
export function comparison(earlier, record) {
  const before = new Map(earlier.results.map((result) => [result.id, result]));
  const workers = [...new Set(record.results.flatMap(({ ours }) => Object.keys(ours)))];
  const rows = [['workload', ...workers.flatMap((count) => [`before, ${count}w`, 'now', 'times as fast'])]];
  for (const { id, ours } of record.results) {
    const cells = workers.flatMap((count) => {
      const [was, is] = [before.get(id)?.ours[count]?.median, ours[count]?.median];
      return [
        was === undefined ? '-' : milliseconds(was),
        is === undefined ? '-' : milliseconds(is),
        was === undefined || is === undefined ? '-' : ratio(was / is),
      ];
    });
    rows.push([id, ...cells]);
  }
  const differences = ['processor', 'cores', 'node'].filter((name) => earlier.machine[name] !== record.machine[name]);
  const notes = differences.map(
    (name) => `note: the earlier run had another ${name} (${earlier.machine[name]}, now ${record.machine[name]})`,
  );
  if (earlier.batch !== record.batch) notes.push(`note: the earlier run had batches of ${earlier.batch}`);
  return [...columns(rows), ...notes];
}
