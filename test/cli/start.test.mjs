import { existsSync, readFileSync, statSync } from 'node:fs';
import { loadAdversarial } from '@certispike/sdk';
import { forgeCertificate } from './forged.mjs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 600, test: 60 });
});
afterAll(() => folder.remove());

const start = (args = [], options = {}) =>
  certispike(['start', '--quick', '--data', data, '--folder', folder.at('run'), ...args], options);
const model = (name) => folder.at(`run/${name}/model.safetensors`);

describe('certispike start', () => {
  test('interrupted, it keeps what is finished; again, it goes on to the table', async () => {
    const interrupted = await start([], {
      onStart: (child) => {
        const timer = setInterval(() => {
          if (existsSync(model('natural'))) child.kill('SIGINT');
        }, 10);
        child.once('exit', () => clearInterval(timer));
      },
    });
    expect(interrupted.status).toBe(130);
    expect(interrupted.stderr).toContain(`what is done is kept in ${folder.at('run')}`);
    const { mtimeMs } = statSync(model('natural'));

    const { status, stdout, stderr } = await start();
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('natural, rate: training: kept from an earlier run');
    expect(statSync(model('natural')).mtimeMs).toBe(mtimeMs);
    // The second robust network starts from the first, which is not trained again.
    expect(stderr).toContain('robust, membrane: training to start with: started');
    expect(stderr.match(/robust, rate: training to start with: kept/g)).toHaveLength(2);
    expect(stdout).toContain('60 test images, strict, rounded outward');
    expect(stdout).toContain('QUICK FORM');
    expect(stdout).toMatch(/^network +readout +accuracy +S-IBP error +S-CROWN error +best error$/m);
    expect(stdout).toMatch(/^natural +rate( +\d+\.\d %){4}$/m);
    expect(stdout).toMatch(/^robust +rate( +\d+\.\d %){4}$/m);
    expect(stdout).toMatch(/^robust +membrane( +\d+\.\d %){4}$/m);
    expect(stdout).toMatch(/^authors' robust +rate +91\.7 % +54\.2 %/m);
    expect(stdout).toMatch(/^the first 20 of them under attack, with the same draws$/m);
    expect(stdout).toMatch(/^network +readout +clean error +attacked error +certified error$/m);
    expect(stdout).toMatch(/^robust +membrane( +\d+\.\d %){3}$/m);
    expect(stdout).toContain(`report: ${folder.at('run/report.html')}`);
    expect(readFileSync(folder.at('run/report.html'), 'utf8')).toMatch(/quick form/i);
    expect(stdout).toMatch(/^outward rounding costs +time +certified error$/m);
  }, 240_000);

  test('a third time, nothing is left to do; --json prints the results that are in the folder', async () => {
    const { status, stdout, stderr } = await start(['--json']);
    expect(status).toBe(0);
    expect(stderr.match(/kept from an earlier run/g)).toHaveLength(15);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const results = JSON.parse(stdout);
    expect(results).toEqual(JSON.parse(readFileSync(folder.at('run/results.json'), 'utf8')));
    expect(results.quick).toBe(true);
    expect(results.networks.map(({ name }) => name)).toEqual(['natural', 'robust-membrane', 'robust-rate']);
    for (const { results: found, nearest } of results.networks) {
      const [table, attacked] = found;
      expect(found.map(({ purpose, examples }) => [purpose, examples])).toEqual([
        ['table', 60],
        ['attack', 20],
      ]);
      expect(table).toMatchObject({ region: 'linf:0.06', steps: 10, seed: 0, attack: null });
      expect(table.certified_error).toBeGreaterThanOrEqual(nearest.certified_error.best);
      const { clean_error, attacked_error, certified_error } = attacked;
      expect(clean_error <= attacked_error && attacked_error <= certified_error).toBe(true);
    }
  });

  test('a certified image that is fooled stops it with status 1: the example is kept, the bound is named', async () => {
    const unit = folder.at('run/natural');
    const sample = forgeCertificate(unit, 'linf-0.06-t10-s0-attack');
    const { status, stdout, stderr } = await start();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const file = `${unit}/linf-0.06-t10-s0-attack.unsound.safetensors`;
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `certispike: unit ${unit}: expected no successful attack on a certified example, got one on example ${sample} ` +
        `within linf:0.06: s-ibp is unsound; saved in ${file} [unsound-bound]`,
    );
    expect((await loadAdversarial(file)).adversarial.map((example) => example.sample)).toEqual([sample]);
  });

  test('a file in the place of the folder is an error with a code', async () => {
    const { status, stderr } = await certispike(['start', '--quick', '--folder', '/etc/hostname']);
    expect(status).toBe(2);
    expect(stderr).toBe('certispike: folder: expected a folder, got a file: /etc/hostname [not-a-folder]\n');
  });
});
