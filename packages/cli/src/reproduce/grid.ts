import { presets } from '../presets/index.js';
import grid from './grid.json' with { type: 'json' };
import { type PlanInput, readPlan, type RunPlan, type StartInput, type UnitInput } from './plan.js';

/** Which part of the experiment is wanted. */
export interface GridOptions {
  readonly quick: boolean;
  readonly recipes: 'paper' | 'best' | 'all';
  /** Whether recordings of N-MNIST are there. */
  readonly recordings: boolean;
}

const networks = ['fc', 'conv'] as const;
const dataSets = ['mnist', 'fashion-mnist', 'nmnist'] as const;
type DataName = (typeof dataSets)[number];

const words: Readonly<Record<string, string>> = {
  ...{ fc: 'FC', conv: 'CONV', mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST', nmnist: 'N-MNIST' },
  ...{ natural: 'natural', 's-ibp': 'S-IBP', 's-crown': 'S-CROWN', paper: "paper's recipe", best: 'best recipe' },
};

const noRecordings = 'N-MNIST is left out: its recordings were not named (--nmnist FOLDER).';

/** The paper's experiment: the whole grid, or its quick form. */
export function experiment(options: GridOptions): RunPlan {
  const { quick, recordings } = options;
  const units = quick ? quickUnits(recordings) : fullUnits(options);
  const remarks = [...(quick ? grid.quick.remarks : []), ...(recordings ? [] : [noRecordings])];
  const plan: PlanInput = { title: grid.title, quick, remarks, units };
  return readPlan(plan);
}

function fullUnits({ recipes, recordings }: GridOptions): UnitInput[] {
  const data = dataSets.filter((name) => recordings || name !== 'nmnist');
  return networks.flatMap((network) =>
    data.flatMap((name) => [
      ...(recipes === 'best' ? [] : paperUnits(network, name)),
      ...(recipes === 'paper' ? [] : bestUnits(network, name)),
    ]),
  );
}

/** The paper's recipe: from a natural network, T' = 3 and, for the sweep, 5 and 10. */
function paperUnits(network: string, data: DataName): UnitInput[] {
  const preset = (method: string) => `${data}-${network}-paper-${method}`;
  const start = { preset: preset('natural'), config: {} };
  const natural = unit({ network, data, method: 'natural', recipe: 'paper' }, start);
  const certified = (['s-ibp', 's-crown'] as const).flatMap((method) =>
    grid.certifiedSteps.map((certifiedSteps) => {
      const named = { network, data, method, recipe: 'paper', certifiedSteps, usual: 3 };
      return { ...unit(named, { preset: preset(method), config: { certifiedSteps } }), start };
    }),
  );
  return [natural, ...certified];
}

/** The best recipes that were found, `from` being what is trained before the certified one; T' is swept for the last of them. */
interface Best {
  readonly natural: string;
  readonly certified: string;
  readonly from?: readonly string[];
}

function bestUnits(network: string, data: DataName): UnitInput[] {
  const best: Readonly<Record<string, Best>> = grid.best;
  const { natural, certified, from = [] } = best[`${network}-${data}`] as Best;
  const start = from.reduce<StartInput | undefined>((start, preset) => ({ preset, start }), undefined);
  const usual = Number(presets[certified]?.config['certifiedSteps'] ?? 10);
  const sweep = [...new Set([usual, ...grid.certifiedSteps])];
  const methods = { 's-ibp': {}, 's-crown': { method: 's-crown-fused', beta: 1 } } as const;
  return [
    unit({ network, data, method: 'natural', recipe: 'best' }, { preset: natural, config: {} }),
    ...Object.entries(methods).flatMap(([method, changes]) =>
      sweep.map((certifiedSteps) => {
        const config = { ...changes, certifiedSteps };
        const named = { network, data, method, recipe: 'best', certifiedSteps, usual };
        return { ...unit(named, { preset: certified, config }), start };
      }),
    ),
  ];
}

interface Named {
  readonly network: string;
  readonly data: string;
  readonly method: string;
  readonly recipe: string;
  readonly certifiedSteps?: number;
  /** The recipe's own T', which names leave out. */
  readonly usual?: number;
}

function unit(named: Named, recipe: { preset: string; config: Record<string, unknown> }): UnitInput {
  const { network, data, method, certifiedSteps, usual } = named;
  const isOther = certifiedSteps !== usual;
  const name = [network, data, method, named.recipe, ...(isOther ? [`t${certifiedSteps}`] : [])].join('-');
  const title = [...[network, data, method, named.recipe].map((word) => words[word] ?? word)];
  return {
    name,
    title: [...title, ...(isOther ? [`T' = ${certifiedSteps}`] : [])].join(', '),
    recipeName: named.recipe,
    ...recipe,
    ...(data === 'nmnist' ? grid.recordings : grid.images),
  };
}

function quickUnits(recordings: boolean): UnitInput[] {
  const { units, images, recordings: spikes } = grid.quick;
  return units
    .filter(({ data }) => recordings || data !== 'nmnist')
    .map(({ network, data, method, preset, config, ...rest }) => ({
      name: [network, data, method].join('-'),
      title: [network, data, method].map((word) => words[word] ?? word).join(', '),
      recipeName: 'quick',
      preset,
      config,
      ...(data === 'nmnist' ? spikes : images),
      ...('settings' in rest ? rest.settings : {}),
    }));
}
