import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { between } from '../../scripts/bench/marks.mjs';
import { entriesOf, withoutStale } from '../../scripts/results/entries.mjs';
import { headlines, rowsOf, table } from '../../scripts/results/table.mjs';
import { writeSampleRun } from '../cli/sample-run.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Errors that may only grow from one to the next. */
const inOrder = ({ clean_error, attacked_error, certified_error }) =>
  [clean_error, attacked_error, certified_error].filter((error) => error !== null);

/** The Wilson score interval of 95 % (Wilson 1927). */
function wilson(share, count) {
  const z = 1.959963984540054;
  const centre = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half = (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

const read = (path) => readFileSync(join(root, path), 'utf8');

describe('the committed results', () => {
  const entries = JSON.parse(read('docs/results.json'));
  const recipes = new Map(JSON.parse(read('docs/results-plan.json')).units.map((unit) => [unit.name, unit]));

  test('are those of the README', () => {
    expect(between(read('README.md'), 'results').trim()).toBe(table(entries));
    expect(between(read('README.md'), 'headlines').trim()).toBe(headlines(entries));
  });

  test('say all that is needed, and clean <= attacked <= certified holds of the images of every one', () => {
    expect(entries.length).toBeGreaterThan(0);
    const shares = ['clean_error', 'certified_error', 's_ibp_error', 's_crown_error'];
    for (const entry of entries) {
      for (const field of ['network', 'data', 'input', 'region', 'method', 'readout', 'command']) {
        expect(entry[field]).toMatch(/./);
      }
      const where = entry.data === 'nmnist' ? ' --nmnist N-MNIST' : '';
      expect(entry.command).toBe(`certispike reproduce --plan docs/results-plan.json${where} --only ${entry.name}`);
      expect(recipes.get(entry.name)).toMatchObject({ region: entry.region });
      for (const field of ['examples', 'seed', 'steps', 'training_seed'])
        expect(entry[field]).toEqual(expect.any(Number));
      for (const field of shares) expect(entry[field] >= 0 && entry[field] <= 1).toBe(true);
      expect(entry.certified_error).toBeLessThanOrEqual(Math.min(entry.s_ibp_error, entry.s_crown_error));
      const errors = inOrder(entry);
      expect(errors).toEqual([...errors].sort((a, b) => a - b));
      expect(entry.attack === null).toBe(entry.attacked_error === null);
      // Every error is a share of the same images, and its interval is of as many.
      for (const error of [...errors, entry.s_ibp_error, entry.s_crown_error]) {
        expect(error * entry.examples).toBeCloseTo(Math.round(error * entry.examples), 6);
      }
      for (const [of, interval] of Object.entries(entry.intervals)) {
        const error = entry[`${of}_error`];
        if (error === null) expect(interval).toBe(null);
        else expect(interval).toEqual(wilson(error, entry.examples).map((bound) => expect.closeTo(bound, 12)));
      }
    }
  });

  test('none is about fewer images for no reason', () => expect(withoutStale(entries)).toEqual(entries));

  test('every row of images has three seeds of draws that no selection saw', () => {
    for (const { seeds, data, input } of rowsOf(entries)) {
      expect(seeds.includes(0)).toBe(false);
      if (data !== 'nmnist' && input === 'rate') expect(seeds.length).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('results from a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certispike-results-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const entries = entriesOf(writeSampleRun(folder, { units: ['fc-mnist.natural', 'fc-mnist.s-ibp'], examples: 200 }));

  test('are one entry per network and seed', () => {
    expect(entries.map(({ row, variant, region }) => [row, variant, region])).toEqual([
      ['fc-mnist', 'natural', 'linf:0.06'],
      ['fc-mnist', 's-ibp', 'linf:0.06'],
    ]);
  });

  describe('of which only the first images were attacked', () => {
    const unit = join(folder, 'fc-mnist.s-ibp');
    const record = JSON.parse(readFileSync(join(unit, 'unit.json'), 'utf8'));
    const whole = record.results.find(({ purpose }) => purpose === 'table');
    const images = JSON.parse(readFileSync(join(unit, whole.per_example), 'utf8'));
    const share = (flags) => flags.filter((flag) => flag === 0).length / flags.length;

    /** The run again, the attack on so many of its images; `images` may say otherwise than the truth. */
    function attackedOn(count, changed = {}) {
      const part = Object.fromEntries(Object.entries(images).map(([name, flags]) => [name, flags.slice(0, count)]));
      const { correct, certified, fooled } = part;
      const errors = {
        clean_error: share(correct),
        attacked_error: share(correct.map((flag, index) => flag - fooled[index])),
        certified_error: share(certified),
      };
      const none = { attack: null, attacked_error: null, intervals: { ...whole.intervals, attacked: null } };
      const attack = { ...whole, ...errors, purpose: 'attack', examples: count, per_example: 'part.json' };
      writeFileSync(join(unit, 'part.json'), JSON.stringify({ ...part, ...changed }));
      writeFileSync(join(unit, 'unit.json'), JSON.stringify({ ...record, results: [{ ...whole, ...none }, attack] }));
      return () => entriesOf(folder).filter(({ variant }) => variant === 's-ibp');
    }

    test('are two entries, each about its own images', () => {
      const found = attackedOn(50)();
      expect(found.map(({ examples, attacked_error }) => [examples, attacked_error])).toEqual([
        [200, null],
        [50, expect.any(Number)],
      ]);
      const [all, part] = found;
      expect(all).toMatchObject({
        clean_error: whole.clean_error,
        certified_error: whole.certified_error,
        attack: null,
      });
      expect(part).toMatchObject({ clean_error: share(images.correct.slice(0, 50)), attack: { name: 'standard' } });
      expect(inOrder(part)).toEqual([...inOrder(part)].sort((a, b) => a - b));
      const [row] = rowsOf(found);
      expect(row).toMatchObject({ examples: 200, attack: { examples: 50, attacked: part.attacked_error } });
      expect(row.certified.mean).toBe(whole.certified_error);
    });

    test('are what other networks of the row are compared on', () => {
      attackedOn(50);
      const found = entriesOf(folder);
      const natural = found.filter(({ variant }) => variant === 'natural');
      expect(natural.map(({ examples }) => examples)).toEqual([200, 50]);
      for (const entry of natural) expect(inOrder(entry)).toEqual([...inOrder(entry)].sort((a, b) => a - b));
      const [all, part] = natural;
      expect(all.attacked_error).toBe(entries[0].attacked_error);
      const own = JSON.parse(readFileSync(join(folder, 'fc-mnist.natural', 'linf-0.06-t10-s0.json'), 'utf8'));
      const spared = own.correct.map((flag, index) => flag - own.fooled[index]).slice(0, 50);
      expect(part).toMatchObject({ clean_error: share(own.correct.slice(0, 50)), attacked_error: share(spared) });
      expect(part.intervals.attacked).toEqual(
        wilson(part.attacked_error, 50).map((bound) => expect.closeTo(bound, 12)),
      );
      const robust = found.find(({ variant, examples }) => variant === 's-ibp' && examples === 50);
      const less = (100 * (part.attacked_error - robust.attacked_error)).toFixed(1);
      const line = headlines(found)
        .split('\n')
        .find((row) => row.includes('| 50 |'));
      expect(line).toContain(`| ${less} |`);
    });

    test('are what those of another run are compared on, too', () => {
      const [whole] = attackedOn(200)();
      const other = { ...whole, name: 'fc-mnist.elsewhere', examples: 20 };
      const counts = (kept) =>
        entriesOf(folder, kept)
          .filter(({ variant }) => variant === 's-ibp')
          .map(({ examples }) => examples);
      expect(counts([other])).toEqual([200, 20]);
      expect(counts([other, { ...other, examples: 300 }, { ...other, examples: 40 }])).toEqual([200, 40, 20]);
      expect(counts([{ ...other, row: 'conv-mnist' }])).toEqual([200]);
      expect(counts([{ ...other, attack: null }])).toEqual([200]);
    });

    test('are left out once all networks of the row were attacked on more', () => {
      const [whole] = attackedOn(200)();
      const attacked = (name, examples, changes = {}) => ({ ...whole, name, examples, ...changes });
      const own = [attacked('row.a', 200), attacked('row.a', 50)];
      expect(withoutStale(own)).toEqual([own[0]]);
      expect(withoutStale([...own, attacked('row.b', 50)])).toEqual([...own, attacked('row.b', 50)]);
      expect(withoutStale([...own, attacked('row.b', 120)])).not.toContain(own[1]);
      const more = [...own, attacked('row.b', 120), attacked('row.b', 50), attacked('row.b', 20)];
      expect(withoutStale(more)).toEqual(more.slice(0, -1));
      // Of other rows and draws nothing follows, nor of what was not attacked.
      for (const changes of [{ row: 'other' }, { seed: 9 }, { attack: null }]) {
        expect(withoutStale([...own, attacked('row.b', 50, changes)])).not.toContain(own[1]);
      }
    });

    test('are one entry once all are', () => {
      const found = attackedOn(200)();
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        examples: 200,
        attacked_error: whole.attacked_error,
        attack: { tried: expect.any(Number) },
      });
    });

    test('are refused where an image is certified and fooled, or the record says another number', () => {
      const place = images.certified.indexOf(1);
      expect(attackedOn(200, { fooled: images.fooled.with(place, 1) })).toThrow(
        `image ${place} is certified, and wrong or fooled`,
      );
      const certified = images.certified.with(place, 0);
      expect(attackedOn(200, { certified })).toThrow(/expected certified_error .* as its images have it/);
    });
  });

  test('seeds become a mean and a range, folds are pooled by their sizes', () => {
    const [one] = entries;
    const seeds = [0.1, 0.2, 0.3].map((clean_error, index) => ({ ...one, seed: 101 + index, clean_error }));
    expect(rowsOf(seeds)[0].clean).toMatchObject({ mean: expect.closeTo(0.2), from: 0.1, to: 0.3 });
    const folds = [
      { ...one, fold: '1/2', examples: 30, clean_error: 0.1 },
      { ...one, fold: '2/2', examples: 10, clean_error: 0.3 },
    ];
    expect(rowsOf(folds)[0]).toMatchObject({ examples: 40, folds: 2, clean: { mean: expect.closeTo(0.15) } });
  });

  test('another number makes another table', () => {
    const attacked = entries.map((entry) => ({ ...entry, attacked_error: entry.attacked_error / 2 }));
    expect(headlines(attacked)).not.toBe(headlines(entries));
    const changed = entries.map((entry) => ({ ...entry, certified_error: entry.certified_error / 2 }));
    expect(table(changed)).not.toBe(table(entries));
    expect(headlines(entries).split('\n')).toHaveLength(6);
  });
});
