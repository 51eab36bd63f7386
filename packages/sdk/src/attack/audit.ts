import type { CertifyResult } from '../certify/certify.js';
import { proves } from '../certify/strict.js';
import { firstDifference } from '../config/difference.js';
import type { Bound } from '../config/certification.js';
import { CertispikeError, shown } from '../error.js';
import type { AdversarialExample } from './adversarial.js';
import type { AttackResult } from './attack.js';

/** A bound that an attack broke. */
export interface BrokenBound {
  readonly bound: Bound;
  /** The least margin it promised for every input of the region: over all rivals, or over the one that won. */
  readonly margin: number;
}

/** An example of which a certificate and an attack say opposite things. */
export interface Contradiction {
  /** Place in the source's order. */
  readonly index: number;
  /** Key in the data set. */
  readonly sample: number;
  readonly label: number;
  /** `fooled`: certified, and misclassified inside the region; `margin`: a margin below what a bound promised. */
  readonly kind: 'fooled' | 'margin';
  /** Class that the attacked input was given. */
  readonly prediction: number;
  /** The least score margin that the attack reached. */
  readonly reached: number;
  /** The bounds that cannot be right; both where only their combination certified. */
  readonly bounds: readonly BrokenBound[];
  /** Place of the stage that fooled it; undefined where only a margin is broken. */
  readonly stage: number | undefined;
  /** The input that proves it, where it was kept. */
  readonly example: AdversarialExample | undefined;
}

/**
 * Holds an attack against a certificate of the same examples, draws and region: clean error <= attacked error <= certified
 * error has to hold example by example, and no margin may fall below its bound. An empty list means that it does.
 *
 * The margins are compared only with bounds that are rounded outward; others may be off by a rounding error.
 * @throws CertispikeError `invalid-state` when the two results do not belong together
 * @example
 * ```ts
 * import { attack, audit, certify, linf } from '@certispike/sdk';
 *
 *
 * const terms = { region: linf(0.06), seed: 7 };
 * const certificate = await certify(engine, model, test, terms);
 * const attacked = await attack(engine, model, test, { ...terms, attack: 'quick' });
 * console.log(audit(certificate, attacked).length); // 0
 * ```
 */
export function audit(certificate: CertifyResult, attacked: AttackResult): readonly Contradiction[] {
  checkTogether(certificate, attacked);
  const kept = new Map(attacked.adversarial.map((example) => [example.index, example]));
  const { samples, labels, fooled, margins, stage, predictions, tried } = attacked.perExample;
  const found: Contradiction[] = [];
  const common = Math.min(certificate.examples, attacked.examples);
  for (let index = 0; index < common; index += 1) {
    if (tried[index] !== 1) continue;
    const label = labels[index] as number;
    const reached = margins[index] as number;
    const isFooled = fooled[index] === 1 && certificate.perExample.certified[index] === 1;
    const prediction = predictions[index] as number;
    const bounds = isFooled
      ? brokenBy(certificate, index, { label, prediction })
      : certificate.rounding === 'outward'
        ? undercut(certificate, index, reached)
        : [];
    if (bounds.length === 0) continue;
    found.push({
      index,
      sample: samples[index] as number,
      label,
      kind: isFooled ? 'fooled' : 'margin',
      prediction,
      reached,
      bounds,
      stage: isFooled ? stage[index] : undefined,
      example: kept.get(index),
    });
  }
  return found;
}

/**
 * A contradiction in one line.
 * @example
 * ```ts
 * import { attack, audit, certify, describeContradiction, linf } from '@certispike/sdk';
 *
 *
 * const certificate = await certify(engine, model, test, { region: linf(0.06) });
 * const attacked = await attack(engine, model, test, { region: linf(0.06), attack: 'fgsm' });
 * for (const contradiction of audit(certificate, attacked)) console.log(describeContradiction(contradiction));
 * ```
 */
export function describeContradiction({ sample, label, kind, prediction, reached, bounds }: Contradiction): string {
  const broken = bounds.map(({ bound, margin }) => `${bound} (margin at least ${margin})`).join(' and ');
  const what =
    kind === 'fooled'
      ? `was certified as class ${label} and is fooled into class ${prediction}`
      : `reaches a margin of ${reached}`;
  return `example ${sample} ${what} inside the region: unsound is ${broken}`;
}

/** The bounds that promise the label to win against the class that won; else those that have a part in the certificate. */
function brokenBy(
  certificate: CertifyResult,
  index: number,
  { label, prediction }: { readonly label: number; readonly prediction: number },
): BrokenBound[] {
  const each = marginsOf(certificate, index);
  // Of a tie the prediction may be the label itself.
  const rival = prediction === label ? undefined : prediction - Number(prediction > label);
  const alone = each.filter(({ margins }) => proves(margins));
  const against = each.filter(({ margins }) => rival !== undefined && (margins[rival] as number) > 0);
  const guilty = against.length > 0 ? against : alone.length > 0 ? alone : each;
  return guilty.map(({ bound, margins }) => ({
    bound,
    margin: rival === undefined ? least(margins) : (margins[rival] as number),
  }));
}

/** The bounds whose least margin an attack fell below. */
function undercut(certificate: CertifyResult, index: number, reached: number): BrokenBound[] {
  return marginsOf(certificate, index)
    .filter(({ margins }) => margins.every((margin) => Number.isFinite(margin)) && reached < least(margins))
    .map(({ bound, margins }) => ({ bound, margin: least(margins) }));
}

function marginsOf({ perExample, examples }: CertifyResult, index: number): { bound: Bound; margins: Float32Array }[] {
  const rivals = perExample.best.length / examples;
  const row = (margins: Float32Array) => margins.subarray(index * rivals, (index + 1) * rivals);
  const all: [Bound, Float32Array][] = [
    ['s-ibp', perExample.sIbp],
    ['s-crown', perExample.sCrown],
  ];
  return all.filter(([, margins]) => margins.length > 0).map(([bound, margins]) => ({ bound, margins: row(margins) }));
}

function least(margins: Float32Array): number {
  return margins.reduce((lowest, margin) => Math.min(lowest, margin), Infinity);
}

/** Results of other draws, other regions or other examples say nothing about each other. */
function checkTogether(certificate: CertifyResult, attacked: AttackResult): void {
  const terms = ({ region, steps, seed, presentation }: CertifyResult | AttackResult) => ({
    region,
    steps,
    seed,
    presentation,
  });
  const difference = firstDifference('attack', terms(certificate), terms(attacked));
  if (difference !== undefined) {
    const { field, left, right } = difference;
    const message = `${field}: expected that of the certificate (${shown(left)}), got ${shown(right)}`;
    throw new CertispikeError('invalid-state', message);
  }
  const common = Math.min(certificate.examples, attacked.examples);
  const [left, right] = [certificate.perExample.samples, attacked.perExample.samples];
  for (let index = 0; index < common; index += 1) {
    if (left[index] === right[index]) continue;
    const message = `attack: expected the examples of the certificate, got others from place ${index} on`;
    throw new CertispikeError('invalid-state', message);
  }
}
