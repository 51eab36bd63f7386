/**
 * Times contestants against each other: run by run in turn, so that what disturbs the machine hits all of them.
 * @param contestants `{ label, run }`, `run` resolving to the milliseconds of one run
 * @param runs at least so many of each; more while they take less than `fill` milliseconds together
 * @param warmUp `{ runs, milliseconds }`: each contestant runs at least so often and so long before anything counts
 * @returns per label the times in milliseconds
 */
export async function measure(contestants, { runs, fill, warmUp }) {
  for (const { run } of contestants) {
    for (let [count, spent] = [0, 0]; count < warmUp.runs || spent < warmUp.milliseconds; count += 1) {
      spent += await run();
    }
  }
  const times = new Map(contestants.map(({ label }) => [label, []]));
  const most = 20 * runs;
  for (let round = 0, spent = 0; round < runs || (spent < fill && round < most); round += 1) {
    // The order turns, so that nobody always runs after the same other.
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const { label, run } = contestants[(turn + round) % contestants.length];
      const time = await run();
      times.get(label).push(time);
      spent += time / contestants.length;
    }
  }
  return times;
}
