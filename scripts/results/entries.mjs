import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** The entries of docs/results.json that the units of a run give: one for each seed of the draws. */
export function entriesOf(run) {
  const { units } = read(run, 'run.json');
  return units
    .filter((name) => existsSync(join(run, name, 'unit.json')))
    .flatMap((name) => entriesOfUnit(read(run, name, 'unit.json')));
}

function entriesOfUnit(unit) {
  const tables = unit.results.filter(({ purpose }) => purpose === 'table' || purpose === 'draws');
  return tables.flatMap((result) => {
    const isSame = (other) => ['region', 'steps', 'seed'].every((field) => other[field] === result[field]);
    const part = unit.results.find((other) => other.purpose === 'attack' && isSame(other));
    const attacked = result.attack === null ? part : result;
    return [entry(unit, result, attacked?.attack === null ? undefined : attacked)];
  });
}

/** @param attacked the result whose examples were attacked: the same one, or one on the first examples of it */
function entry(unit, result, attacked) {
  const [row, variant] = unit.name.split('.');
  const isPart = attacked !== undefined && attacked.examples < result.examples;
  return {
    name: unit.name,
    row,
    variant: variant ?? unit.recipe_name,
    title: unit.title,
    network: unit.network,
    data: unit.data,
    input: unit.input,
    readout: unit.readout,
    region: result.region,
    steps: result.steps,
    method: unit.method,
    recipe: unit.recipe_name,
    training_seed: unit.seed,
    fold: unit.recipe.fold ?? null,
    framing: unit.recordings?.framing ?? null,
    seed: result.seed,
    examples: result.examples,
    clean_error: result.clean_error,
    attacked_error: attacked?.attacked_error ?? null,
    certified_error: result.certified_error,
    s_ibp_error: result.s_ibp_error,
    s_crown_error: result.s_crown_error,
    intervals: { ...result.intervals, attacked: attacked?.intervals.attacked ?? null },
    attack: attacked === undefined ? null : attackOf(attacked, isPart),
    picojoules: unit.energy?.energy.picojoules ?? null,
    command: unit.command,
  };
}

function attackOf({ examples, clean_error, certified_error, attack }, isPart) {
  return {
    name: attack.attack,
    seed: attack.attack_seed,
    examples,
    // On the attacked part the other errors are not those of all examples.
    ...(isPart ? { clean_error, certified_error } : {}),
    tried: attack.tried,
    probed_certified: attack.probed_certified,
    zero_gradients: Math.min(...attack.stages.map((stage) => stage.zero_gradients)),
  };
}
