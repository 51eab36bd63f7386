import type { ResultRecord } from '../reproduce/record.js';
import type { Result, Run, Unit } from './read.js';
import { attackedRecord, mainRecord } from './results.js';

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
