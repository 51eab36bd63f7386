/**
 * The class with the largest score (the first of several), and whether that of the label is strictly the largest: a tie
 * is an error, and so is a score that is no number.
 */
export function judged(
  scores: Float32Array,
  label: number,
): { readonly prediction: number; readonly correct: boolean } {
  let prediction = 0;
  let correct = true;
  const own = scores[label] as number;
  scores.forEach((score, index) => {
    if (score > (scores[prediction] as number)) prediction = index;
    if (index !== label && !(own > score)) correct = false;
  });
  return { prediction, correct };
}

/** Whether margins prove something: all of them finite and above 0. NaN and infinity mean unknown. */
export function proves(margins: Float32Array): boolean {
  return margins.every((margin) => Number.isFinite(margin) && margin > 0);
}

/** Per entry the larger of two lower bounds; one that is not finite does not count. */
export function larger(left: Float32Array, right: Float32Array): Float32Array {
  return left.map((a, index) => {
    const b = right[index] as number;
    if (!Number.isFinite(a)) return Number.isFinite(b) ? b : Number.NaN;
    return Number.isFinite(b) ? Math.max(a, b) : a;
  });
}
