import { eventStatistics } from '@certispike/datasets';

const rounded = (value) => Number(value.toFixed(2));
const numbers = (values) => Array.from(values, rounded);

/** The statistics of real and simulated recordings of the same digits, and how alike single ones are. */
export function compared(pairs) {
  const real = eventStatistics(pairs.map((pair) => pair.real));
  const simulated = eventStatistics(pairs.map((pair) => pair.simulated));
  return {
    recordings: pairs.length,
    real: written(real),
    simulated: written(simulated),
    // Whether digits that make many events really do so in the simulation.
    correlation: rounded(correlation(pairs)),
    // How alike a real and a simulated recording of a digit are: the mean cosine between their events per polarity, 10 ms
    // and pixel. Two recordings of one digit by one camera would not reach 1 either.
    likeness: rounded(pairs.reduce((sum, pair) => sum + likeness(pair), 0) / pairs.length),
    // Share of the events that would have to be elsewhere, over the means of all recordings.
    difference: { time: difference(real.time, simulated.time), space: difference(real.space, simulated.space) },
  };
}

function written({ events, polarity, time, space, duration }) {
  const { mean, deviation, least, most } = events;
  return {
    events: { mean: rounded(mean), deviation: rounded(deviation), least, most },
    off: rounded(polarity[0]),
    on: rounded(polarity[1]),
    duration: Math.round(duration),
    time: time.map(numbers),
    columns: space.map((plane) => numbers(along(plane, (index) => index % 34))),
    rows: space.map((plane) => numbers(along(plane, (index) => Math.floor(index / 34)))),
  };
}

function along(plane, lineOf) {
  const sums = new Float64Array(34);
  plane.forEach((count, index) => (sums[lineOf(index)] += count));
  return sums;
}

function difference(real, simulated) {
  let [apart, all] = [0, 0];
  real.forEach((plane, p) =>
    plane.forEach((count, index) => {
      apart += Math.abs(count - simulated[p][index]);
      all += count + simulated[p][index];
    }),
  );
  return rounded(apart / all);
}

function likeness({ real, simulated }) {
  const [a, b] = [real, simulated].map(countsOf);
  const product = (one, other) => {
    let sum = 0;
    for (const [key, count] of one) sum += count * (other.get(key) ?? 0);
    return sum;
  };
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Events per polarity, 10 ms and pixel. */
function countsOf({ t, x, y, p }) {
  const counts = new Map();
  for (let i = 0; i < t.length; i += 1) {
    const key = ((2 * Math.floor(t[i] / 10_000) + p[i]) * 34 + y[i]) * 34 + x[i];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function correlation(pairs) {
  const counts = pairs.map(({ real, simulated }) => [real.t.length, simulated.t.length]);
  const mean = (which) => counts.reduce((sum, pair) => sum + pair[which], 0) / counts.length;
  const means = [mean(0), mean(1)];
  const moment = (a, b) => counts.reduce((sum, pair) => sum + (pair[a] - means[a]) * (pair[b] - means[b]), 0);
  return moment(0, 1) / Math.sqrt(moment(0, 0) * moment(1, 1));
}
