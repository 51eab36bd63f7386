/** The five errors of the report, which have the same colour, mark and dash in every table and figure. */
export type Quantity = 'clean' | 'attacked' | 's_ibp' | 's_crown' | 'best';

/** How a quantity is drawn: also told apart without colour. */
export interface Look {
  readonly label: string;
  /** A variable of the style sheet, which has a value for light and one for dark pages. */
  readonly colour: string;
  /** Of Vega. */
  readonly shape: string;
  readonly dash: readonly number[];
}

export const looks: Readonly<Record<Quantity, Look>> = {
  clean: { label: 'clean', colour: 'var(--clean)', shape: 'circle', dash: [1, 0] },
  attacked: { label: 'attacked', colour: 'var(--attacked)', shape: 'square', dash: [1, 0] },
  s_ibp: { label: 'S-IBP', colour: 'var(--s-ibp)', shape: 'triangle-up', dash: [6, 3] },
  s_crown: { label: 'S-CROWN', colour: 'var(--s-crown)', shape: 'diamond', dash: [2, 2] },
  best: { label: 'certified (best)', colour: 'var(--best)', shape: 'cross', dash: [1, 0] },
};

export const quantities = Object.keys(looks) as readonly Quantity[];

/** What became of an example, from worst to best. */
export const outcomes = [
  { name: 'wrong', label: 'wrong without attack', colour: 'var(--clean)' },
  { name: 'fooled', label: 'fooled by the attack', colour: 'var(--attacked)' },
  { name: 'open', label: 'neither fooled nor proved', colour: 'var(--open)' },
  { name: 'certified', label: 'proved', colour: 'var(--best)' },
] as const;

export type Outcome = (typeof outcomes)[number]['name'];

/** The outcomes there can be, in words that claim no more than was tried. */
export function outcomesShown(wasAttacked: boolean): readonly { name: Outcome; label: string; colour: string }[] {
  if (wasAttacked) return outcomes;
  return outcomes
    .filter(({ name }) => name !== 'fooled')
    .map(({ name, label, colour }) => ({ name, label: name === 'open' ? 'not proved, not attacked' : label, colour }));
}
