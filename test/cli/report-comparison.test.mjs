import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSampleRun } from './sample-run.mjs';

let folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

const main = 'linf-0.06-t10-s0';
const [natural, robust] = ['fc-mnist-natural', 'fc-mnist-s-ibp'];
const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const write = (value, ...path) => writeFileSync(join(...path), JSON.stringify(value));
const share = (values) => values.filter(Boolean).length / values.length;

/** A run whose natural network was asked about the first images only, under attack or at all. */
function fewer(name, { all = 60, attacked = all }) {
  const run = writeSampleRun(folder.at(name), { quick: false });
  const unit = read(run, natural, 'unit.json');
  const place = unit.results.findIndex((result) => result.name === main);
  const whole = read(run, natural, `${main}.json`);
  const part = (own, count, changes) => {
    const examples = Object.fromEntries(Object.entries(whole).map(([field, list]) => [field, list.slice(0, count)]));
    const { correct, certified, fooled } = examples;
    const isAttacked = changes.attack !== null;
    write(
      { ...examples, ...(!isAttacked && { tried: null, fooled: null, attack_margin: null }) },
      run,
      natural,
      `${own}.json`,
    );
    return {
      ...unit.results[place],
      ...{ name: own, per_example: `${own}.json`, examples: count },
      clean_error: share(correct.map((flag) => !flag)),
      certified_error: share(certified.map((flag) => !flag)),
      attacked_error: isAttacked ? share(correct.map((flag, index) => !flag || fooled[index])) : null,
      ...changes,
    };
  };
  const table = part(main, all, attacked < all ? { attack: null } : {});
  const others = attacked < all ? [part(`${main}-attack`, attacked, { purpose: 'attack' })] : [];
  unit.results.splice(place, 1, table, ...others);
  write(unit, run, natural, 'unit.json');
  return run;
}

/** The words of a page, one after another. */
async function words(run) {
  const { status, stderr } = await certispike(['report', run, '--out', join(run, 'page.html'), '--quiet']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [, main] = readFileSync(join(run, 'page.html'), 'utf8').split(/<\/?main[^>]*>/);
  return main.replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ');
}

/** An error of the first images in per cent. */
function error(run, unit, kind, count) {
  const { correct, certified, fooled } = read(run, unit, `${main}.json`);
  const isError = { attacked: (index) => !correct[index] || fooled[index], certified: (index) => !certified[index] }[
    kind
  ];
  return 100 * share(correct.slice(0, count).map((_, index) => isError(index)));
}

test('a network that was attacked on fewer images is compared on these', async () => {
  const whole = writeSampleRun(folder.at('whole'));
  const run = fewer('attacked', { attacked: 20 });
  const text = await words(run);
  const [before, after] = [natural, robust].map((unit) => error(whole, unit, 'attacked', 20));
  expect(before).toBeGreaterThan(after);
  const fall = (before - after).toFixed(1);
  expect(text).toContain(`S-IBP, best against natural: the attacked error goes from ${before.toFixed(1)} to`);
  expect(text).toContain(
    `${after.toFixed(1)} %, ${fall} points less (of the first 20 images), and the certified error`,
  );
  expect(text).toMatch(new RegExp(`−${fall}−[\\d.]+ to [−+]?[\\d.]+ of 20−`));
});

test('a network that was asked about fewer images at all is compared on these', async () => {
  const whole = writeSampleRun(folder.at('whole'));
  const text = await words(fewer('certified', { all: 30 }));
  const [before, after] = [natural, robust].map((unit) => error(whole, unit, 'certified', 30).toFixed(1));
  expect(text).toContain(
    `the certified error goes from ${before} to ${after} % (of the first 30 images), while the clean error`,
  );
});

test('other images, other draws and other attacks are not compared', async () => {
  const changes = {
    images: [
      'certified',
      (run) => {
        const file = read(run, natural, `${main}.json`);
        file.sample = file.sample.map((sample) => sample + 1000);
        write(file, run, natural, `${main}.json`);
      },
    ],
    draws: [
      'certified',
      (run) => {
        const unit = read(run, natural, 'unit.json');
        for (const result of unit.results) result.seed = 1;
        write(unit, run, natural, 'unit.json');
      },
    ],
    attacks: [
      'attacked',
      (run) => {
        const unit = read(run, natural, 'unit.json');
        for (const result of unit.results) result.attack.attack = 'quick';
        write(unit, run, natural, 'unit.json');
      },
    ],
  };
  for (const [name, [kind, change]] of Object.entries(changes)) {
    const run = writeSampleRun(folder.at(`other-${name}`), { quick: false });
    change(run);
    expect(await words(run)).not.toContain(`the ${kind} error goes`);
  }
});

test('the least error is marked within a region only', async () => {
  const run = writeSampleRun(folder.at('regions'), { quick: false });
  const marked = async () => {
    await words(run);
    return readFileSync(join(run, 'page.html'), 'utf8').match(/class="n least"/g)?.length ?? 0;
  };
  expect(await marked()).toBeGreaterThanOrEqual(5);
  const unit = read(run, natural, 'unit.json');
  unit.results = unit.results.filter(({ name }) => name === 'linf-0.02-t10-s0');
  write(unit, run, natural, 'unit.json');
  expect(await marked()).toBe(0);
});
