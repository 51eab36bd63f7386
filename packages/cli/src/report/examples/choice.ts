import type { PerExampleRecord } from '../../reproduce/record.js';

/** Examples of either kind. */
const most = 4;

export type Role = 'fragile' | 'robust';

/** Examples worth looking at, by their place in the record. */
export interface Choice {
  readonly role: Role;
  readonly place: number;
}

/**
 * The most fragile examples, which an attack drove furthest into another class, and the most robust ones, with the largest
 * proved margin; of different classes where that can be. All of them are classified correctly.
 * @param isKept whether there is an adversarial example of the key
 */
export function choice(examples: PerExampleRecord, isKept: (sample: number) => boolean): Choice[] {
  const { sample, label, correct, certified, margin, attack_margin, fooled } = examples;
  const places = [...sample.keys()].filter((place) => correct[place] === 1);
  const bound = (place: number) => margin[place] ?? -Infinity;
  const reached = (place: number) => attack_margin?.[place] ?? bound(place);
  const broken = places.filter((place) => fooled?.[place] === 1 && isKept(sample[place] ?? -1));
  const fragile = distinct(
    broken.sort((a, b) => reached(a) - reached(b)),
    label,
  );
  const taken = new Set(fragile);
  const standing = (place: number) => 2 * Number(certified[place] === 1) + Number(fooled?.[place] !== 1);
  const robust = distinct(
    places.filter((place) => !taken.has(place)).sort((a, b) => standing(b) - standing(a) || bound(b) - bound(a)),
    label,
  );
  return [
    ...fragile.map((place) => ({ role: 'fragile' as const, place })),
    ...robust.map((place) => ({ role: 'robust' as const, place })),
  ];
}

/** The first few, one of a class each, then others. */
function distinct(sorted: readonly number[], label: readonly number[]): number[] {
  const classes = new Set<number | undefined>();
  const [first, others]: [number[], number[]] = [[], []];
  for (const place of sorted) {
    if (classes.has(label[place])) others.push(place);
    else first.push(place);
    classes.add(label[place]);
    if (first.length === most) break;
  }
  return [...first, ...others].slice(0, most);
}
