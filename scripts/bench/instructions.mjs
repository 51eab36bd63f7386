import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from '../setup/command.mjs';
import { at, environment, root } from '../setup/places.mjs';
import { countsOf } from './callgrind.mjs';
import { columns } from './columns.mjs';
import { Mistake } from './failure.mjs';

const baselineFile = at('crates/snn-core/examples/kernels.json');

/** Functions that take a smaller share are not listed. */
const smallest = 0.02;

/**
 * Counts the instructions of the native kernels, which, unlike times, are the same in every run, and sets them against the
 * baseline that is committed; `record` replaces it.
 * @returns what was counted, and with which compiler
 * @throws Mistake when valgrind or cargo is missing, or the kernels do not run
 */
export function instructions({ workloads, folder, record, log }) {
  if (answer('valgrind', ['--version']) === undefined) {
    throw new Mistake(
      '--instructions: valgrind is missing (no `valgrind` found); install it, for example with `apt install valgrind`',
    );
  }
  const program = built();
  const baseline = existsSync(baselineFile) ? JSON.parse(readFileSync(baselineFile, 'utf8')) : { counts: {} };
  // The data is made for it, so that there is one state of the weights.
  const names = [...new Set(workloads.map(({ name, network, input }) => `${name}/${network}/${input}`))];
  const counts = {};
  for (const name of names) {
    counts[name] = counted(program, name, join(folder, 'callgrind.out'));
    log(`${name.padEnd(32)} ${millions(counts[name].total)} million instructions`);
  }
  log('');
  comparison(baseline, counts).forEach(log);
  const made = { rust: answer('rustc', ['--version']) ?? 'unknown', counts };
  if (baseline.rust !== undefined && baseline.rust !== made.rust) {
    log(`note: the baseline was counted with ${baseline.rust}, this with ${made.rust}`);
  }
  if (record) {
    const all = { ...made, counts: { ...baseline.counts, ...counts } };
    writeFileSync(baselineFile, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  return made;
}

function built() {
  const args = ['build', '--release', '--package', 'snn-core', '--example', 'kernels', '--message-format', 'json'];
  const options = { cwd: root, env: environment(), encoding: 'utf8', maxBuffer: 2 ** 28 };
  const { status, stdout, stderr, error } = spawnSync('cargo', args, options);
  if (status !== 0) throw new Mistake(`--instructions: cargo: ${error?.message ?? stderr.trim().split('\n').pop()}`);
  const artifacts = stdout.split('\n').filter((line) => line.startsWith('{"reason":"compiler-artifact"'));
  return artifacts.map((line) => JSON.parse(line)).find(({ executable }) => executable).executable;
}

function counted(program, name, file) {
  rmSync(file, { force: true });
  const callgrind = ['--tool=callgrind', '--collect-atstart=no', '--toggle-collect=*kernels::measured*'];
  const run = spawnSync('valgrind', [...callgrind, `--callgrind-out-file=${file}`, program, name], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Mistake(`--instructions: ${name}: ${run.stderr.trim().split('\n').pop()}`);
  const functions = [...countsOf(readFileSync(file, 'utf8'))].toSorted(([, a], [, b]) => b - a);
  const total = functions.reduce((sum, [, count]) => sum + count, 0);
  return { total, functions: Object.fromEntries(functions.filter(([, count]) => count >= smallest * total)) };
}

/** Lines of workloads, and below each the functions whose counts have changed. */
function comparison(baseline, counts) {
  const rows = [['million instructions', 'baseline', 'now', 'difference']];
  const row = (name, before, now) => rows.push([name, millions(before), millions(now), difference(before, now)]);
  for (const [name, { total, functions }] of Object.entries(counts)) {
    const before = baseline.counts[name];
    row(name, before?.total, total);
    if (before === undefined) continue;
    const both = new Set([...Object.keys(before.functions), ...Object.keys(functions)]);
    for (const one of both) {
      const [was, is] = [before.functions[one], functions[one]];
      if (was !== is && Math.abs((was ?? 0) - (is ?? 0)) > smallest * total) row(`  ${one}`, was, is);
    }
  }
  return columns(rows);
}

const millions = (count) => (count === undefined ? '-' : (count / 1e6).toFixed(3));

function difference(before, now) {
  if (before === undefined || now === undefined) return '';
  const share = (100 * (now - before)) / before;
  return before === now ? 'none' : `${share > 0 ? '+' : ''}${share.toFixed(2)} %`;
}
