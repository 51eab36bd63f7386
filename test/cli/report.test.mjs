import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSampleExhibits } from './sample-exhibits.mjs';
import { writeSampleRun } from './sample-run.mjs';

let folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

const report = (...args) => certispike(['report', ...args, '--quiet']);

/** Changes a JSON file. */
const changed = (path, change) => {
  const value = JSON.parse(readFileSync(path, 'utf8'));
  change(value);
  writeFileSync(path, JSON.stringify(value));
};

/** A fresh run folder, in which `change` is given the path of a file and may alter it. */
const spoilt = (name, change, options) => {
  const run = writeSampleRun(folder.at(name), options);
  change?.((...path) => join(run, ...path));
  return run;
};

describe('the table', () => {
  let run;
  const [clean, attacked, certified] = ['clean', 'attacked', 'certified'];
  beforeAll(() => (run = writeSampleRun(folder.at('table'))));

  const table = async (form) => {
    const { status, stdout, stderr } = await report(run, `--${form}`, '-');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.trimEnd();
  };
  const unit = (name) => JSON.parse(readFileSync(join(run, name, 'unit.json'), 'utf8'));

  test('as comma-separated values has every result with its interval', async () => {
    const [head, ...lines] = (await table('csv')).split('\r\n').map((line) => line.split(','));
    const units = ['fc-mnist-natural', 'fc-mnist-s-ibp'].map(unit);
    const results = units.flatMap((own) => own.results.map((result) => ({ own, result })));
    expect(lines).toHaveLength(results.length);
    for (const [index, { own, result }] of results.entries()) {
      const row = Object.fromEntries(head.map((title, column) => [title, lines[index][column]]));
      expect(row).toMatchObject({ unit: own.name, method: own.method, region: result.region, quick: 'true' });
      for (const kind of [clean, attacked, certified]) {
        expect(Number(row[`${kind}_error`])).toBe(result[`${kind}_error`]);
        expect(Number(row[`${kind}_low`])).toBeCloseTo(result.intervals[kind][0], 5);
        expect(Number(row[`${kind}_high`])).toBeCloseTo(result.intervals[kind][1], 5);
      }
    }
  });

  test('in Markdown and LaTeX says that the run was quick, and has as many cells in every row', async () => {
    const lines = (await table('markdown')).split('\n');
    expect(lines[0]).toContain('QUICK RUN');
    const cells = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').length);
    expect(cells).toHaveLength(2 + 8);
    expect(new Set(cells).size).toBe(1);
    const tex = await table('latex');
    expect(tex).toContain('QUICK RUN');
    expect(tex).toContain('$\\varepsilon$~=~0.06');
    const rows = tex.split('\n').filter((line) => line.endsWith('\\\\'));
    expect(new Set(rows.map((line) => line.split('&').length))).toEqual(new Set([13]));
    expect(tex).toContain('\\begin{tabular}{llllllrrrrrrr}');
  });

  test('is safe for spreadsheets, LaTeX and Markdown', async () => {
    const odd = spoilt('odd', (at) =>
      changed(at('fc-mnist-s-ibp', 'unit.json'), (own) => {
        own.recipe_name = '=1+1 | 50% _a_ & "b", #$';
      }),
    );
    const { stdout } = await report(odd, '--csv', '-');
    expect(stdout).toContain(`"'=1+1 | 50% _a_ & ""b"", #$"`);
    const markdown = await report(odd, '--markdown', '-');
    expect(markdown.stdout).toContain('S-IBP, =1+1 \\| 50% \\_a\\_ & "b", #$');
    const latex = await report(odd, '--latex', '-');
    expect(latex.stdout).toContain('S-IBP, =1+1 | 50\\% \\_a\\_ \\& "b", \\#\\$');
  });
});

describe('the page', () => {
  test('is one file that asks for nothing, whole or not at all', async () => {
    const run = writeSampleRun(folder.at('page'));
    const { status, stdout } = await report(run, '--out', folder.at('page.html'), '--csv', folder.at('page.csv'));
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${folder.at('page.html')}\n${folder.at('page.csv')}\n` });
    const page = readFileSync(folder.at('page.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('default-src &#39;none&#39;');
    const addresses = [...page.matchAll(/(?:src|href|url\()=?["']?([^"'\s)>]+)/g)].map(([, address]) => address);
    expect(addresses.filter((address) => !/^(#|data:)/.test(address))).toEqual([]);
    expect(page).not.toMatch(/@import|<iframe|<link(?! rel="icon" href="data:,")/);

    changed(join(run, 'run.json'), (record) => record.units.push('not-yet'));
    const failed = await report(run, '--out', folder.at('page.html'));
    expect(failed.status).toBe(2);
    expect(readFileSync(folder.at('page.html'), 'utf8')).toBe(page);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('the same run gives the same page', async () => {
    const run = writeSampleRun(folder.at('again'));
    for (const name of ['one.html', 'two.html']) await report(run, '--out', folder.at(name));
    expect(readFileSync(folder.at('one.html'), 'utf8')).toBe(readFileSync(folder.at('two.html'), 'utf8'));
  });

  test('texts of a run are texts', async () => {
    const bad = '<img src=x onerror=alert(1)>"\'&</script><script>alert(2)</script>\u0000';
    const run = spoilt('bad', (at) => {
      changed(at('run.json'), (record) => Object.assign(record, { title: bad, command: bad, remarks: [bad] }));
      changed(at('fc-mnist-s-ibp', 'unit.json'), (own) => {
        Object.assign(own, { title: bad, recipe_name: bad, data: bad, method: bad, recipe: { [bad]: bad } });
        own.energy.energy.figures = bad;
        own.results[2].open.layers[0].name = bad;
        own.results[2].attack.stages[0].name = bad;
      });
    });
    const { status, stderr } = await report(run, '--out', folder.at('bad.html'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const page = readFileSync(folder.at('bad.html'), 'utf8');
    const holds = (text) => page.includes(text);
    expect(holds('<img src=x')).toBe(false);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(holds('\u0000')).toBe(false);
    expect(holds('&lt;img src=x onerror=alert(1)&gt;')).toBe(true);
  });

  test('numbers of the natural and the robust network are compared', async () => {
    const run = writeSampleRun(folder.at('compared'), { examples: 200, quick: false });
    await report(run, '--out', folder.at('compared.html'));
    const text = readFileSync(folder.at('compared.html'), 'utf8')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    const [natural, robust] = ['fc-mnist-natural', 'fc-mnist-s-ibp'].map(
      (name) => JSON.parse(readFileSync(join(run, name, 'unit.json'), 'utf8')).results[2],
    );
    const fall = (100 * (natural.attacked_error - robust.attacked_error)).toFixed(1);
    expect(text).toContain(`${fall} points less`);
    expect(text).toContain(`−${fall} `);
    expect(text).not.toMatch(/quick run/i);
  });

  test('a network without a natural one beside it speaks for itself', async () => {
    const run = writeSampleRun(folder.at('alone'), { units: ['fc-mnist-s-ibp'], examples: 200 });
    await report(run, '--out', folder.at('alone.html'));
    const text = readFileSync(folder.at('alone.html'), 'utf8')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    const { clean_error, attacked_error, certified_error } = JSON.parse(
      readFileSync(join(run, 'fc-mnist-s-ibp', 'unit.json'), 'utf8'),
    ).results[2];
    const [clean, attacked, certified] = [clean_error, attacked_error, certified_error].map((e) =>
      (100 * e).toFixed(1),
    );
    expect(text).toContain(`${clean} % clean, ${attacked} % attacked, ${certified} % certified error`);
    expect(text).not.toContain('trained naturally');
  });

  test('a certified training that another began with has curves of its own, a natural one is named', async () => {
    const run = writeSampleRun(folder.at('begun'), { units: ['fc-mnist-s-ibp'] });
    const told = async () => {
      await report(run, '--out', folder.at('begun.html'));
      return readFileSync(folder.at('begun.html'), 'utf8').replaceAll(/\s+/g, ' ');
    };
    const own = 'the training it began with</strong>: 2 epochs.';
    const page = await told();
    expect(page).toContain(own);
    expect(page).toContain('12 seconds in all. It began with 2 epochs of S-IBP training.');
    changed(join(run, 'fc-mnist-s-ibp', 'training.json'), ({ start }) => (start.recipe.method = 'natural'));
    const natural = await told();
    expect(natural).not.toContain(own);
    expect(natural).toContain('It began with 2 epochs of natural training.');
  });

  test('gradients that were zero everywhere are told', async () => {
    const run = writeSampleRun(folder.at('blind'));
    const told = async () => {
      await report(run, '--out', folder.at('blind.html'));
      return readFileSync(folder.at('blind.html'), 'utf8').replaceAll(/\s+/g, ' ');
    };
    expect(await told()).toContain('Here there were none.');
    changed(
      join(run, 'fc-mnist-natural', 'unit.json'),
      ({ results }) => (results[2].attack.stages[0].zero_gradients = 7),
    );
    const page = await told();
    expect(page).toContain('Here that was so 7 times, once per image and stage.');
    expect(page).toMatch(/<th scope="row" ?>fgsm<\/th>( ?<td class="n">[\d,]+<\/td>){4} ?<td class="n">7<\/td>/);
  });

  test('several runs stand on one page', async () => {
    const runs = ['first', 'second'].map((name) => writeSampleRun(folder.at(name)));
    changed(join(runs[1], 'run.json'), (record) => (record.title = 'Another run'));
    const { status } = await report(...runs, '--out', folder.at('both.html'));
    expect(status).toBe(0);
    const page = readFileSync(folder.at('both.html'), 'utf8');
    expect(page).toContain('report of 2 runs');
    expect(page).toContain('A made-up run; Another run');
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('mistakes', () => {
  const main = 'linf-0.06-t10-s0.json';
  const unit = 'fc-mnist-s-ibp';
  test.each([
    ['no folder', () => [folder.at('nowhere')], 'file-not-found', /run: no such file or folder/],
    ['a file', () => [folder.at('a-file')], 'not-a-folder', /run: expected a folder, got a file/],
    ['no run', () => [folder.path], 'no-run', /without run\.json/],
    [
      'a unit that is not there',
      () => [spoilt('m1', (at) => rmSync(at(unit), { recursive: true }))],
      'unfinished-run',
      /fc-mnist-s-ibp; .*goes on where it stopped/,
    ],
    ['a unit under way', () => [spoilt('m2', undefined, { complete: false })], 'unfinished-run', /got 2 without/],
    [
      'half a file',
      () => [spoilt('m3', (at) => writeFileSync(at(unit, main), readFileSync(at(unit, main)).subarray(0, 999)))],
      'damaged-run',
      /expected whole JSON, got a damaged file: .*linf-0\.06-t10-s0\.json/,
    ],
    ['a missing file', () => [spoilt('m4', (at) => rmSync(at(unit, main)))], 'damaged-run', /got none: .*linf-0\.06/],
    [
      'numbers that do not fit',
      () => [spoilt('m5', (at) => changed(at(unit, main), ({ correct }) => correct.fill(0, 0, 30)))],
      'damaged-run',
      /clean_error: expected .* as in unit\.json, got .* by counting in .*linf-0\.06/,
    ],
    [
      'too few examples',
      () => [
        spoilt('m6', (at) =>
          changed(at(unit, main), (own) => {
            for (const list of Object.values(own)) list.pop();
          }),
        ),
      ],
      'damaged-run',
      /examples: expected 60 examples as in unit\.json, got 59/,
    ],
    [
      'a certified example that was fooled',
      () => [
        spoilt('m7', (at) => {
          changed(at(unit, main), ({ certified, fooled }) => {
            fooled[certified.indexOf(1)] = 1;
          });
          changed(at(unit, 'unit.json'), ({ results }) => (results[2].attacked_error += 1 / 60));
        }),
      ],
      'contradiction',
      /expected no certified example to be wrong or fooled, got example \d+/,
    ],
    [
      'damaged exhibits',
      () => [spoilt('m8', (at) => writeFileSync(at(unit, 'exhibits.json'), '{"format":'))],
      'damaged-run',
      /damaged file: .*exhibits\.json/,
    ],
    ['a folder twice', () => [spoilt('m9'), folder.at('m9')], 'bad-value', /every folder once/],
    [
      'a quick run and a full one',
      () => [spoilt('q1'), spoilt('q2', undefined, { quick: false })],
      'runs-differ',
      /quick: expected a quick run as .*q1 is, got a full run: .*q2/,
    ],
    [
      'another data set of the same name',
      () => [spoilt('d1'), spoilt('d2', (at) => changed(at(unit, main), ({ label }) => label.push(label.shift())))],
      'runs-differ',
      /label: expected label 0 of example 0 of mnist as in .*d1.*, got 1 in .*d2/,
    ],
    [
      'another version',
      () => [spoilt('v1'), spoilt('v2', (at) => changed(at('run.json'), (own) => (own.version = 2)))],
      'damaged-run',
      /version: expected 1 in .*v2/,
    ],
  ])('%s', async (_, folders, code, message) => {
    writeFileSync(folder.at('a-file'), '');
    const { status, stdout, stderr } = await report(...folders(), '--out', folder.at('none.html'));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^certispike: [^\n]+ \\[${code}\\]\n$`));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(existsSync(folder.at('none.html'))).toBe(false);
  });

  test.each([
    [[], 'missing-field', /out: expected a file, as in --out report\.html/],
    [['--out', '-'], 'bad-value', /out: expected a file for the page, got -/],
    [['--csv', '-', '--latex', '-'], 'bad-value', /one thing on stdout/],
    [['--out', '/nowhere/report.html'], 'file-not-found', /out: no such file or folder/],
  ])('the call: %j', async (args, code, message) => {
    const { status, stderr } = await report(spoilt('call'), ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`\\[${code}\\]\n$`));
    expect(status).toBe(2);
  });
});

test('images are shown with their spikes', async () => {
  const run = writeSampleRun(folder.at('shown'));
  writeSampleExhibits(join(run, 'fc-mnist-s-ibp'));
  await report(run, '--out', folder.at('shown.html'));
  const page = readFileSync(folder.at('shown.html'), 'utf8');
  const alternatives = [...page.matchAll(/<img[^>]* alt="([^"]*)"/g)].map(([, text]) => text);
  // Per fragile image three pictures and two rasters of input and first layer; the last layer does not fire.
  expect(alternatives).toHaveLength(2 * (3 + 4) + (1 + 2));
  expect(alternatives).toContain('image 14 attacked, taken for a 7');
  expect(alternatives).toContain('spikes before the attack, input: 48 spikes, 48 of them lost');
});

test('what was not attacked is not called robust against it', async () => {
  const run = spoilt('not-attacked', (at) => {
    for (const unit of ['fc-mnist-natural', 'fc-mnist-s-ibp']) {
      writeSampleExhibits(at(unit));
      changed(at(unit, 'exhibits.json'), (own) => {
        own.examples = own.examples.filter(({ role }) => role === 'robust');
        own.examples[0].certified = false;
      });
      changed(at(unit, 'unit.json'), ({ results }) => {
        for (const own of results) Object.assign(own, { attack: null, attacked_error: null });
      });
      for (const size of [0.02, 0.04, 0.06, 0.08]) {
        changed(at(unit, `linf-${size}-t10-s0.json`), (own) =>
          Object.assign(own, { fooled: null, attack_margin: null }),
        );
      }
    }
  });
  const { status } = await report(run, '--out', folder.at('not-attacked.html'));
  expect(status).toBe(0);
  const page = readFileSync(folder.at('not-attacked.html'), 'utf8');
  const says = (text) => page.includes(text);
  expect(says('This network was not attacked.')).toBe(true);
  expect(says('not proved, not attacked; lower bound')).toBe(true);
  for (const untrue of ['changed no answer', 'neither fooled', 'points less', 'id="attacks"']) {
    expect([untrue, says(untrue)]).toEqual([untrue, false]);
  }
});
