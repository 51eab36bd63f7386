/** Runs of a turn of contestants that are quicker than `quick` milliseconds, the first of which does not count. */
const turn = { quick: 100, runs: 6 };

/**
 * Times contestants against each other: turn by turn, so that what disturbs the machine hits all of them. A turn of quick
 * ones is several runs of which the first, with sleeping threads and the caches of somebody else, does not count: a
 * training does not stop after a step.
 * @param contestants `{ label, run }`, `run(count)` resolving to the milliseconds of so many runs one after the other
 * @param runs at least so many of each; more while they take less than `fill` milliseconds together
 * @param warmUp `{ runs, milliseconds }`: each contestant runs at least so often and so long before anything counts
 * @returns per label the times in milliseconds
 */
export async function measure(contestants, { runs, fill, warmUp }) {
  let slowest = 0;
  for (const { run } of contestants) {
    for (let [count, spent, last] = [0, 0, 0]; count < warmUp.runs || spent < warmUp.milliseconds; count += 1) {
      [last] = await run(1);
      spent += last;
      if (count > 0) slowest = Math.max(slowest, last);
    }
  }
  const isQuick = slowest < turn.quick && runs > 2;
  const times = new Map(contestants.map(({ label }) => [label, []]));
  const most = 20 * runs;
  for (let [round, done, spent] = [0, 0, 0]; done < runs || (spent < fill && done < most); round += 1) {
    // The order turns, so that nobody always runs after the same other.
    for (let place = 0; place < contestants.length; place += 1) {
      const { label, run } = contestants[(place + round) % contestants.length];
      const taken = isQuick ? (await run(turn.runs)).slice(1) : await run(1);
      times.get(label).push(...taken);
      spent += taken.reduce((sum, time) => sum + time, 0) / contestants.length;
    }
    done += isQuick ? turn.runs - 1 : 1;
  }
  return times;
}
