import { compareEvaluation, comparePeer, compareStep, compareTimed } from '../../scripts/bench/check.mjs';
import { along, norm } from '../../scripts/bench/gradient.mjs';

const workload = { id: 's-crown-eval/fc/rate/fresh' };

/** Four images, two classes, and what the oracle says of them. */
const outcome = () => ({
  scores: Float32Array.of(0.1, 0.9, 0.4, 0.6, 0.5, 0.5, 0.2, 0.8),
  sIbp: Float32Array.of(-1, 0.5, 0, -0.25),
  sCrown: Float32Array.of(-0.5, 0.6, 0.1, -0.2),
});
const answers = (clearance = 1) =>
  [0, 1, 2, 3].map((row) => ({
    scores: [...outcome().scores.subarray(2 * row, 2 * row + 2)],
    ibp: [outcome().sIbp[row]],
    crown: [outcome().sCrown[row]],
    clearance,
    boundClearance: clearance,
  }));

describe('an evaluation', () => {
  test('passes when it is the oracle', () => {
    const { scores, ibp, crown } = compareEvaluation(workload, outcome(), answers());
    expect([scores.rows, ibp.rows, crown.rows]).toEqual([4, 4, 4]);
  });

  test.each([
    ['scores', 5, 0.6, /scores\[1\] of image 2 is 0\.6/],
    ['sIbp', 1, 0.51, /ibp\[0\] of image 1 is 0\.5/],
    ['sIbp', 3, NaN, /ibp\[0\] of image 3 is NaN/],
    // A bound may be widened outward, and is wrong when it is too good.
    ['sCrown', 0, -0.4999, /crown\[0\] of image 0/],
    ['sCrown', 0, -0.51, /crown\[0\] of image 0/],
  ])('with another number in %s[%d] does not', (field, index, value, message) => {
    const wrong = outcome();
    wrong[field][index] = value;
    expect(() => compareEvaluation(workload, wrong, answers())).toThrow(message);
    expect(() => compareEvaluation(workload, wrong, answers())).toThrow(workload.id);
  });

  test('a bound that is a little lower passes, being widened', () => {
    const widened = outcome();
    widened.sCrown[0] -= 1e-4;
    expect(compareEvaluation(workload, widened, answers()).crown.largestDifference).toBeCloseTo(1e-4);
  });

  test('a spike may fall otherwise next to the threshold, in few images', () => {
    const flipped = outcome();
    flipped.scores[4] += 0.1;
    expect(compareEvaluation(workload, flipped, answers(1e-7)).scores.nextToThreshold).toBe(1);
    flipped.scores[0] += 0.1;
    expect(() => compareEvaluation(workload, flipped, answers(1e-7))).toThrow(/scores/);
  });
});

describe('a step', () => {
  const values = Float64Array.from({ length: 300 }, (_, index) => Math.sin(index));
  const answer = { loss: 2, derivatives: [along(values, 0)] };
  const step = (change = {}) => ({ loss: 2, gradient: new Map([['layers.0.weight', values]]), ...change });

  test('passes when it is the oracle', () => {
    expect(compareStep(workload, step(), answer)).toEqual({ lossDifference: 0, gradientDifference: 0 });
  });

  test('with another loss does not', () => {
    expect(() => compareStep(workload, step({ loss: 2.001 }), answer)).toThrow(/the loss is 2\.001/);
    expect(() => compareStep(workload, step({ loss: NaN }), answer)).toThrow(/the loss is NaN/);
  });

  test('with one wrong entry does not', () => {
    const wrong = values.with(7, values[7] + 0.01 * norm(values));
    const gradient = new Map([['layers.0.weight', wrong]]);
    expect(() => compareStep(workload, step({ gradient }), answer)).toThrow(/the gradient of layers\.0\.weight/);
  });

  test('the timed one has to be the checked one', () => {
    const timed = { loss: 2, gradientNorm: norm(values) };
    expect(compareTimed(workload, timed, step())).toBeCloseTo(0);
    expect(() => compareTimed(workload, { ...timed, loss: 2 + 1e-9 }, step())).toThrow(/of the timed step/);
    expect(() => compareTimed(workload, { ...timed, gradientNorm: 1.01 * norm(values) }, step())).toThrow(/timed step/);
  });

  test('directions differ between tensors', () => {
    expect(along(values, 0)).not.toBeCloseTo(along(values, 1));
  });
});

describe('a peer', () => {
  test('that computes something else is named', () => {
    expect(() => comparePeer(workload, outcome(), 'pytorch', outcome())).not.toThrow();
    const other = { ...outcome(), sIbp: outcome().sIbp.map((value) => value + 0.1) };
    expect(() => comparePeer(workload, outcome(), 'pytorch', other)).toThrow(/pytorch: 4 of 4 numbers of sIbp/);
    expect(() => comparePeer(workload, { loss: 1 }, 'pytorch', { loss: 1.1 })).toThrow(/pytorch: its loss is 1\.1/);
  });
});
