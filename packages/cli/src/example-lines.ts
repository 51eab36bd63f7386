import type { CertifyResult } from '@certispike/sdk';

/**
 * The results of every example as JSON lines: its index in the data set, label, prediction, whether that is strictly
 * correct, whether it is certified by the best of the bounds, and per bound the margins to the rival classes
 * (ascending, without the label; null = unknown).
 */
export function exampleLines({ perExample, examples }: CertifyResult): string {
  const { samples, labels, predictions, correct, certified, sIbp, sCrown } = perExample;
  const rivals = perExample.best.length / examples;
  const lines = Array.from(labels, (label, index) => {
    const margins = (bound: Float32Array) => Array.from(bound.subarray(index * rivals, (index + 1) * rivals), finite);
    return JSON.stringify({
      example: samples[index],
      label,
      prediction: predictions[index],
      correct: correct[index] === 1,
      certified: certified[index] === 1,
      ...(sIbp.length > 0 && { s_ibp: margins(sIbp) }),
      ...(sCrown.length > 0 && { s_crown: margins(sCrown) }),
    });
  });
  return lines.map((line) => `${line}\n`).join('');
}

function finite(margin: number): number | null {
  return Number.isFinite(margin) ? margin : null;
}
