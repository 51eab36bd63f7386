import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/**
 * The entries of docs/results.json that the units of a run give. All errors of an entry are about the same images: one
 * entry for each seed of the draws, and one more where only the first of its images were attacked; or where networks of
 * its row were attacked on fewer, so that they can be compared on those.
 * @param {string} run the run's folder
 * @param {object[]} kept entries of other runs, beside which these will stand
 * @throws Error where a unit's record is not what its images say, or an image is certified and wrong or fooled
 */
export function entriesOf(run, kept = []) {
  const { units } = read(run, 'run.json');
  const found = units
    .filter((name) => existsSync(join(run, name, 'unit.json')))
    .flatMap((name) => resultsOf(join(run, name)));
  const here = found.map(({ unit, result }) => entry(unit, result));
  const names = new Set(here.map(({ name }) => name));
  const all = [...here, ...kept.filter(({ name }) => !names.has(name))];
  return found.flatMap(({ unit, folder, result }, at) => {
    if (result.attack === null) return [here[at]];
    const counts = new Set([...attackedCounts(all, here[at]).values()].flat());
    const parts = [...counts].filter((count) => count < result.examples).sort((a, b) => b - a);
    return [here[at], ...parts.map((count) => entry(unit, firstImages(folder, result, count)))];
  });
}

/**
 * Leaves out entries about the first images that nothing is compared on: networks of a row are on the most images that all
 * of them were attacked on.
 */
export function withoutStale(entries) {
  return entries.filter((entry) => {
    if (entry.attack === null) return true;
    const networks = attackedCounts(entries, entry);
    const shared = [...networks.values()].reduce((all, counts) => all.filter((count) => counts.includes(count)));
    return [Math.max(...networks.get(entry.name)), Math.max(...shared)].includes(entry.examples);
  });
}

/** The results that tables are made of, each with what it was found of. */
function resultsOf(folder) {
  const unit = read(folder, 'unit.json');
  const tables = unit.results.filter(({ purpose }) => purpose === 'table' || purpose === 'draws');
  return tables.flatMap((result) => {
    const isSame = (other) => ['region', 'steps', 'seed'].every((field) => other[field] === result[field]);
    const part = unit.results.find((other) => other.purpose === 'attack' && other.attack !== null && isSame(other));
    const results = part === undefined ? [result] : part.examples === result.examples ? [part] : [result, part];
    for (const one of results) checkImages(folder, one);
    return results.map((one) => ({ unit, folder, result: one }));
  });
}

/** On how many images there are errors under attack, for each network of a row (of a fold, for one seed of the draws). */
function attackedCounts(all, own) {
  const isPeer = ({ row, fold, seed }) => row === own.row && fold === own.fold && seed === own.seed;
  const counts = new Map();
  for (const { name, examples } of all.filter((entry) => entry.attack !== null && isPeer(entry))) {
    counts.set(name, [...(counts.get(name) ?? []), examples]);
  }
  return counts;
}

/** What was found of the first images of a result. */
function firstImages(folder, result, count) {
  const images = read(folder, result.per_example);
  const first = Object.fromEntries(Object.entries(images).map(([name, flags]) => [name, flags?.slice(0, count)]));
  const { correct, certified, fooled, tried } = first;
  const proved = (margins) => margins && correct.map((flag, image) => Number(flag === 1 && margins[image] > 0));
  const holding = {
    clean: correct,
    attacked: correct.map((flag, image) => flag - fooled[image]),
    certified,
    s_ibp: proved(first.margin_s_ibp),
    s_crown: proved(first.margin_s_crown),
  };
  const error = (flags) => (flags ? flags.filter((flag) => flag !== 1).length / count : null);
  const named = Object.entries(holding).map(([name, flags]) => [name, error(flags)]);
  const attackedOf = (flag) => tried.filter((isTried, image) => isTried === 1 && certified[image] === flag).length;
  return {
    ...result,
    examples: count,
    ...Object.fromEntries(named.map(([name, share]) => [`${name}_error`, share])),
    intervals: Object.fromEntries(named.map(([name, share]) => [name, share === null ? null : wilson(share, count)])),
    attack: { ...result.attack, tried: attackedOf(0), probed_certified: attackedOf(1), stages: null },
  };
}

/** The Wilson score interval of 95 % (Wilson 1927), as runs have it. */
function wilson(share, count) {
  const square = 1.959963984540054 ** 2;
  const centre = (share + square / (2 * count)) / (1 + square / count);
  const spread = Math.sqrt((square * share * (1 - share)) / count + (square / (2 * count)) ** 2);
  const radius = spread / (1 + square / count);
  return [Math.min(share, Math.max(0, centre - radius)), Math.max(share, Math.min(1, centre + radius))];
}

/** Holds a record against its images: none that is certified may be wrong or fooled, and the errors are their counts. */
function checkImages(folder, result) {
  const { correct, certified, fooled } = read(folder, result.per_example);
  const refuse = (what) => {
    throw new Error(`${join(folder, result.per_example)}: ${what}`);
  };
  const attacked = correct.map((flag, image) => flag === 1 && fooled?.[image] !== 1);
  certified.forEach((flag, image) => {
    if (flag === 1 && !attacked[image]) refuse(`image ${image} is certified, and wrong or fooled`);
  });
  const counted = {
    clean_error: correct.filter((flag) => flag !== 1).length,
    certified_error: certified.filter((flag) => flag !== 1).length,
    ...(result.attack === null ? {} : { attacked_error: attacked.filter((spared) => !spared).length }),
  };
  if (correct.length !== result.examples) refuse(`expected ${result.examples} images, got ${correct.length}`);
  for (const [field, count] of Object.entries(counted)) {
    if (Math.round(result[field] * result.examples) !== count) {
      refuse(`expected ${field} ${count / result.examples} as its images have it, got ${result[field]}`);
    }
  }
}

function entry(unit, result) {
  const [row, variant] = unit.name.split('.');
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
    attacked_error: result.attack === null ? null : result.attacked_error,
    certified_error: result.certified_error,
    s_ibp_error: result.s_ibp_error,
    s_crown_error: result.s_crown_error,
    intervals: result.intervals,
    attack: result.attack === null ? null : attackOf(result.attack),
    picojoules: unit.energy?.energy.picojoules ?? null,
    command: unit.command,
  };
}

function attackOf({ attack, attack_seed, tried, probed_certified, stages }) {
  // Stages are counted over all images that were attacked.
  const zeroGradients = stages === null ? null : Math.min(...stages.map((stage) => stage.zero_gradients));
  return { name: attack, seed: attack_seed, tried, probed_certified, zero_gradients: zeroGradients };
}
