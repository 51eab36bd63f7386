import { createEngine } from '@certispike/sdk';
import { along, gradientOf, norm } from './gradient.mjs';
import { rowsOf } from './batch.mjs';
import { WrongNumber } from './failure.mjs';
import { isStep } from './workloads.mjs';

/** How many rows of a batch the oracle computes in seconds: it is the slower the larger the network. */
const extents = {
  fc: { scores: 128, ibp: 64, crown: 16, candidates: 24, step: 4 },
  conv: { scores: 16, ibp: 8, crown: 4, candidates: 8, step: 2 },
};

/**
 * Nearer than this to a threshold, single precision may fall on the other side; in units of 1 + |membrane|. Intervals are
 * widened outward, by up to some 2.5e-5 in sums of hundreds of terms, and both ends move the tie between an open neuron's two
 * lines. Either line is a bound, and the one that is taken there may be above the oracle's.
 */
const unclear = { scores: 5e-6, bounds: 5e-5 };

/**
 * By how much a number may be below and above the oracle's. Bounds of an evaluation are widened outward: below the
 * exact bound by what covers f32, and never above but for the bound's own rounding.
 */
const tolerances = {
  scores: { below: 1e-6, above: 1e-6 },
  ibp: { below: 1e-5, above: 1e-6 },
  crown: { below: 5e-3, above: 1e-5 },
};
const lossTolerance = 1e-5;
const gradientTolerance = { relative: 1e-3, absolute: 1e-5 };

/**
 * Checks what a workload computes against the oracle.
 * @param place `{ workload, model, batch, oracle, question }`: the question names files and settings
 * @param outcome what a run gave
 * @returns how far off the numbers were at most
 * @throws WrongNumber naming the number
 */
export function check(place, outcome) {
  return isStep(place.workload) ? checkStep(place, outcome) : checkEvaluation(place, outcome);
}

async function checkEvaluation(place, outcome) {
  const { workload, batch, oracle, question } = place;
  const extent = extents[workload.network];
  const most = (name) => Math.min(extent[name], batch.samples.length);
  const counts = {
    scores: most('scores'),
    ibp: workload.name === 'inference' ? 0 : most('ibp'),
    crown: workload.name === 's-crown-eval' ? most('crown') : 0,
  };
  const rows = [...Array(Math.max(...Object.values(counts))).keys()];
  const { samples } = await oracle.ask({ ask: 'evaluation', ...question, rows, ...counts });
  return compareEvaluation(workload, outcome, samples);
}

/**
 * Compares what an evaluation gave with the oracle's answers for its first rows.
 * @throws WrongNumber for a number that is off without a membrane at a threshold, or when many are off
 */
export function compareEvaluation(workload, outcome, answers) {
  const given = { scores: outcome.scores, ibp: outcome.sIbp, crown: outcome.sCrown };
  const report = {};
  for (const [name, { below, above }] of Object.entries(tolerances)) {
    const rows = answers.filter((answer) => answer[name] !== undefined);
    if (rows.length === 0 || given[name] === undefined || given[name].length === 0) continue;
    let [largest, excused] = [0, 0];
    rows.forEach((answer, row) => {
      const width = answer[name].length;
      const differences = answer[name].map((exact, index) => given[name][row * width + index] - exact);
      const wrong = differences.findIndex((difference) => !(difference >= -below && difference <= above));
      if (wrong === -1) {
        largest = Math.max(largest, ...differences.map(Math.abs));
        return;
      }
      const isClear = name === 'scores' ? answer.clearance >= unclear.scores : answer.boundClearance >= unclear.bounds;
      excused += 1;
      if (!isClear && excused <= rows.length / 4) return;
      const [got, exact] = [given[name][row * width + wrong], answer[name][wrong]];
      throw new WrongNumber(`${workload.id}: ${name}[${wrong}] of image ${row} is ${got}, the oracle says ${exact}`);
    });
    report[name] = { rows: rows.length, largestDifference: largest, nextToThreshold: excused };
  }
  return report;
}

async function checkStep(place, outcome) {
  const { workload, batch, oracle, model, question } = place;
  const extent = extents[workload.network];
  const candidates = [...Array(Math.min(extent.candidates, batch.samples.length)).keys()];
  const { clearances } = await oracle.ask({ ask: 'clearance', ...question, rows: candidates });
  // Gradients jump where a branch changes, so the clearest images are compared.
  const clearest = candidates.toSorted((a, b) => clearances[b] - clearances[a]).slice(0, extent.step);
  const rows = clearest.toSorted((a, b) => a - b);
  const answer = await oracle.ask({ ask: 'step', ...question, rows });
  const engine = await createEngine();
  try {
    const part = await gradientOf(engine, model, workload, rowsOf(batch, rows));
    const report = { rows: rows.length, ...compareStep(workload, part, answer) };
    return { ...report, ...(await checkWhole(engine, place, outcome, { part, rows })) };
  } finally {
    await engine.dispose();
  }
}

/**
 * Compares a step's loss and gradient with the oracle's, tensor by tensor along one random direction each.
 * @throws WrongNumber
 */
export function compareStep(workload, { loss, gradient }, answer) {
  const off = Math.abs(loss - answer.loss);
  if (!(off <= lossTolerance * (1 + Math.abs(answer.loss)))) {
    throw new WrongNumber(`${workload.id}: the loss is ${loss}, the oracle says ${answer.loss}`);
  }
  let largest = 0;
  [...gradient].forEach(([name, values], tensor) => {
    const [got, exact] = [along(values, tensor), answer.derivatives[tensor]];
    const [size, difference] = [norm(values), Math.abs(got - exact)];
    if (!(difference <= gradientTolerance.relative * size + gradientTolerance.absolute)) {
      const what = `the gradient of ${name} along a random direction`;
      throw new WrongNumber(`${workload.id}: ${what} is ${got}, the oracle says ${exact} (norm ${size})`);
    }
    largest = Math.max(largest, difference / (size + gradientTolerance.absolute));
  });
  return { lossDifference: off, gradientDifference: largest };
}

/**
 * The whole batch's loss and gradient have to be those of the checked rows and of the others together, and those of the
 * step that is timed.
 */
async function checkWhole(engine, { workload, batch, model }, outcome, { part, rows }) {
  const count = batch.samples.length;
  const others = [...Array(count).keys()].filter((row) => !rows.includes(row));
  const whole = await gradientOf(engine, model, workload, batch);
  const report = { normDifference: compareTimed(workload, outcome, whole) };
  if (others.length === 0) return report;
  const rest = await gradientOf(engine, model, workload, rowsOf(batch, others));
  const shares = [rows.length / count, others.length / count];
  return { ...report, partsDifference: compareParts(workload, whole, [part, rest], shares) };
}

/**
 * Sets what the timed step reports against the gradient that the same step by plain SGD shows.
 * @throws WrongNumber
 */
export function compareTimed(workload, outcome, { loss, gradient }) {
  const size = Math.hypot(...[...gradient.values()].map(norm));
  const difference = Math.abs(outcome.gradientNorm - size) / (size + gradientTolerance.absolute);
  if (outcome.loss === loss && difference <= gradientTolerance.relative) return difference;
  const [got, exact] = [`${outcome.loss} and ${outcome.gradientNorm}`, `${loss} and ${size}`];
  throw new WrongNumber(
    `${workload.id}: loss and norm of the timed step's gradient are ${got}, of the checked one ${exact}`,
  );
}

function compareParts(workload, whole, [first, second], [a, b]) {
  const loss = a * first.loss + b * second.loss;
  if (!(Math.abs(whole.loss - loss) <= lossTolerance * (1 + Math.abs(loss)))) {
    throw new WrongNumber(`${workload.id}: the loss of the batch is ${whole.loss}, that of its parts ${loss}`);
  }
  let largest = 0;
  for (const [name, values] of whole.gradient) {
    const [one, other] = [first.gradient.get(name), second.gradient.get(name)];
    const difference = norm(values.map((value, index) => value - a * one[index] - b * other[index]));
    const size = norm(values);
    if (!(difference <= gradientTolerance.relative * size + gradientTolerance.absolute)) {
      const what = `the gradient of ${name} over the batch is not that of its parts`;
      throw new WrongNumber(`${workload.id}: ${what}: it differs by ${difference} (norm ${size})`);
    }
    largest = Math.max(largest, difference / (size + gradientTolerance.absolute));
  }
  return largest;
}

/** What a peer's numbers may differ by, and the share of rows in which a spike may fall otherwise. */
const peerTolerance = { bounds: 5e-3, rows: 0.05, loss: 1e-2, gradientNorm: 3e-2 };

/**
 * Compares what a peer computes with ours.
 * @throws WrongNumber when it computes something else
 */
export function comparePeer(workload, ours, name, theirs) {
  for (const field of ['scores', 'sIbp', 'sCrown']) {
    const [own, other] = [ours[field], theirs[field]];
    if (own === undefined || own.length === 0 || other === undefined) continue;
    const differs = (value, index) => !(Math.abs(value - other[index]) <= peerTolerance.bounds);
    const wrong = own.reduce((count, value, index) => count + Number(differs(value, index)), 0);
    if (own.length === other.length && wrong <= peerTolerance.rows * own.length) continue;
    throw new WrongNumber(`${workload.id}: ${name}: ${wrong} of ${own.length} numbers of ${field} are not ours`);
  }
  for (const field of ['loss', 'gradientNorm']) {
    const [own, other] = [ours[field], theirs[field]];
    if (own === undefined || other === undefined) continue;
    if (Math.abs(own - other) <= peerTolerance[field] * (1e-3 + Math.abs(own))) continue;
    throw new WrongNumber(`${workload.id}: ${name}: its ${field} is ${other}, ours is ${own}`);
  }
}
