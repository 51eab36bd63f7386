import type { ResultRecord } from '../reproduce/record.js';
import { pairedDifference } from './interval.js';
import { errorsOf, type Result, type Run, shareOf, type Unit } from './read.js';
import { attackedRecord, isSameQuestion, mainRecord } from './results.js';

/** Units that differ in how they were trained only: their errors can be compared. */
export interface Group {
  readonly title: string;
  readonly members: readonly Member[];
}

/** A unit within its group. */
export interface Member {
  readonly unit: Unit;
  readonly run: Run;
  /** How it was trained, in a few words; unlike every other of its group. */
  readonly label: string;
  readonly isNatural: boolean;
}

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
  readonly examples: number;
  /** 95 %, for paired shares. */
  readonly interval: readonly [number, number];
}

const methods: Readonly<Record<string, string>> = {
  natural: 'natural',
  adversarial: 'adversarial',
  sabr: 'SABR',
  'mtl-ibp': 'MTL-IBP',
  's-ibp': 'S-IBP',
  's-crown': 'S-CROWN',
  's-crown-fused': 'S-CROWN, fused',
  imported: 'imported',
};
const dataSets: Readonly<Record<string, string>> = {
  mnist: 'MNIST',
  'fashion-mnist': 'Fashion-MNIST',
  nmnist: 'N-MNIST',
  'nmnist-simulated': 'simulated N-MNIST',
};
const inputs: Readonly<Record<string, string>> = { rate: 'rate code', direct: 'direct input', spikes: 'spikes' };

export const methodName = (method: string) => methods[method] ?? method;
export const dataName = (data: string) => dataSets[data] ?? data.split(/[/\\]/).findLast((part) => part !== '') ?? data;
export const inputName = (input: string) => inputs[input] ?? input;
export const networkName = (network: string) => (/^(fc|conv)$/.test(network) ? network.toUpperCase() : network);

/** The units of all runs by network, data and input, in their order. */
export function groupsOf(runs: readonly Run[]): Group[] {
  const groups = new Map<string, { unit: Unit; run: Run }[]>();
  for (const run of runs) {
    for (const unit of run.units) {
      const { network, data, input } = unit.record;
      const title = `${networkName(network)} network, ${dataName(data)}, ${inputName(input)}`;
      groups.set(title, [...(groups.get(title) ?? []), { unit, run }]);
    }
  }
  return [...groups].map(([title, members]) => ({ title, members: labelled(members, runs.length) }));
}

/** As few words as tell the members apart: the method and the recipe, then the readout, then the unit. */
function labelled(members: readonly { unit: Unit; run: Run }[], runs: number): Member[] {
  const short = ({ unit: { record } }: { unit: Unit }) =>
    [methodName(record.method), ...(record.recipe_name === record.method ? [] : [record.recipe_name])].join(', ');
  const longer = (member: { unit: Unit }) => `${short(member)}, ${member.unit.record.readout}`;
  const unit = ({ unit: { record }, run }: { unit: Unit; run: Run }) =>
    runs > 1 ? `${record.name} of ${run.record.title}` : record.name;
  const candidates = [short, longer, (member: { unit: Unit; run: Run }) => `${longer(member)} (${unit(member)})`];
  const isTelling = (name: (typeof candidates)[number]) => new Set(members.map(name)).size === members.length;
  const name = candidates.find(isTelling) ?? ((member) => `${longer(member)} (${member.unit.key})`);
  return members.map((member) => ({
    ...member,
    label: name(member),
    isNatural: member.unit.record.method === 'natural',
  }));
}

/** The result that stands for a unit: the row of the tables. */
export const mainResult = ({ results }: Unit): Result =>
  resultOf(results, mainRecord(results.map(({ record }) => record)));

/** The result of which the attack of a unit speaks: its main one, or the same question asked of fewer images. */
export const attackedResult = ({ results }: Unit): Result =>
  resultOf(results, attackedRecord(results.map(({ record }) => record)));

function resultOf(results: readonly Result[], record: ResultRecord): Result {
  return results.find((result) => result.record === record) as Result;
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

function compared(group: Group, natural: Member, robust: Member): Comparison[] {
  const pair = (own: Result) => {
    const other = natural.unit.results.find((result) => isSame(result, own));
    return other === undefined ? undefined : { before: errorsOf(other), after: errorsOf(own) };
  };
  const [main, attacked] = [mainResult(robust.unit), attackedResult(robust.unit)];
  const [ofMain, ofAttack] = [pair(main), pair(attacked)];
  if (ofMain === undefined) return [];
  const change = (errors: typeof ofMain | undefined, kind: 'wrong' | 'broken' | 'unproved'): Change | null => {
    const [first, second] = [errors?.before[kind], errors?.after[kind]];
    if (first === undefined || second === undefined) return null;
    return {
      ...{ natural: shareOf(first), robust: shareOf(second), examples: first.length },
      ...pairedDifference(first, second),
    };
  };
  const { region, steps } = main.record;
  return [
    {
      ...{ group, natural, robust, region, steps },
      changes: {
        clean: change(ofMain, 'wrong'),
        attacked: change(ofAttack, 'broken'),
        certified: change(ofMain, 'unproved'),
      },
    },
  ];
}

/** Whether two results are of the same images, region, steps and draws. */
function isSame(a: Result, b: Result): boolean {
  return isSameQuestion(a.record, b.record) && a.examples.sample.join() === b.examples.sample.join();
}
