import { attackedResult, type Group, mainResult, type Member } from './groups.js';
import { pairedDifference } from './interval.js';
import { errorsOf, type Result, shareOf, type Unit } from './read.js';
import { isSameQuestion } from './results.js';

/** What robust training changes, natural less robust, for the same images, draws and region. */
export interface Comparison {
  readonly group: Group;
  readonly natural: Member;
  readonly robust: Member;
  readonly region: string;
  readonly steps: number;
  readonly changes: Readonly<Record<'clean' | 'attacked' | 'certified', Change | null>>;
}

/** Shares of the same examples; `value` is `natural - robust`. */
export interface Change {
  readonly natural: number;
  readonly robust: number;
  readonly value: number;
  /** Those that both networks were asked about: where one saw fewer, its. */
  readonly examples: number;
  /** 95 %, for paired shares. */
  readonly interval: readonly [number, number];
}

/** Every robust unit against the natural one of its group, that of the same readout where there is one. */
export function comparisons(groups: readonly Group[]): Comparison[] {
  return groups.flatMap((group) =>
    group.members
      .filter(({ isNatural }) => !isNatural)
      .flatMap((robust) => {
        const naturals = group.members.filter(({ isNatural }) => isNatural);
        const sameReadout = naturals.filter(({ unit }) => unit.record.readout === robust.unit.record.readout);
        const pairs = [...sameReadout, ...naturals].flatMap((natural) => compared(group, natural, robust));
        return pairs.slice(0, 1);
      }),
  );
}

type Kind = keyof ReturnType<typeof errorsOf>;

function compared(group: Group, natural: Member, robust: Member): Comparison[] {
  const { region, steps } = mainResult(robust.unit).record;
  const change = (kind: Kind) => changeOf(natural.unit, robust.unit, kind);
  const clean = change('wrong');
  if (clean === null) return [];
  const changes = { clean, attacked: change('broken'), certified: change('unproved') };
  return [{ group, natural, robust, region, steps, changes }];
}

/** The errors of one kind on the images that both were asked about; null where there are none. */
function changeOf(natural: Unit, robust: Unit, kind: Kind): Change | null {
  const resultOf = kind === 'broken' ? attackedResult : mainResult;
  const [before, after] = [resultOf(natural), resultOf(robust)];
  const examples = commonExamples(before, after);
  if (examples === 0 || (kind === 'broken' && before.record.attack?.attack !== after.record.attack?.attack))
    return null;
  const [first, second] = [before, after].map((result) => errorsOf(result)[kind]?.slice(0, examples));
  if (first === undefined || second === undefined) return null;
  return { natural: shareOf(first), robust: shareOf(second), examples, ...pairedDifference(first, second) };
}

/** How many images, from the first, two results share; none where they are not of the same region, steps and draws. */
function commonExamples(a: Result, b: Result): number {
  if (!isSameQuestion(a.record, b.record)) return 0;
  const [few, many] = [a.examples.sample, b.examples.sample].sort((one, other) => one.length - other.length);
  return few?.every((sample, index) => sample === many?.[index]) === true ? few.length : 0;
}
