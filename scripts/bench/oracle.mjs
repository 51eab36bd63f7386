import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, root } from '../setup/places.mjs';
import { hashOf } from '../setup/stamp.mjs';
import { Mistake, WrongNumber } from './failure.mjs';

/** Seed of the draws, the same for us, the oracle and the peers. */
export const seed = 1;

/** What the oracle's answers depend on besides the question: no line of the core is among it. */
const sources = ['crates/snn-core/tests/oracle', 'crates/snn-core/examples/oracle'];

/** What the draws of a batch depend on: they are the core's, and given to everybody. */
const drawing = ['crates/snn-core/src/rng.rs', 'crates/snn-core/src/encode.rs', ...sources];

/**
 * The naive oracle of the core's tests as a program. Answers are kept in a folder, because the oracle takes longer than
 * what it checks.
 */
export class Oracle {
  #folder;
  #log;
  #version = hashOf(sources);
  #program;

  /** @param log takes a line about what takes time */
  constructor(folder, log) {
    this.#folder = folder;
    this.#log = log;
    mkdirSync(folder, { recursive: true });
  }

  /**
   * The answer to a question (see the program), kept from an earlier time where question and files are the same.
   * @throws Mistake when cargo cannot build the program, WrongNumber when it refuses the question
   */
  async ask(question) {
    const hash = createHash('sha256').update(this.#version);
    for (const [name, value] of Object.entries(question)) {
      // A file counts by what it holds.
      const isFile = name === 'model' || name === 'batch';
      hash.update(`\0${name}\0`).update(isFile ? readFileSync(value) : JSON.stringify(value));
    }
    const path = join(this.#folder, `${hash.digest('hex').slice(0, 24)}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
    const answer = await this.#answer(question);
    writeFileSync(path, JSON.stringify(answer));
    return answer;
  }

  /**
   * A batch as a safetensors file for the oracle and the peers: `images`, `labels`, and the `draws` of rate input.
   * @returns its path
   */
  async pack({ samples, labels, images }, { input, steps }) {
    const asked = { samples: [...samples], labels: [...labels], steps, encoding: input, seed };
    const hash = createHash('sha256').update(hashOf(drawing)).update(JSON.stringify(asked)).update(images);
    const path = join(this.#folder, `batch-${hash.digest('hex').slice(0, 24)}.safetensors`);
    if (existsSync(path)) return path;
    const raw = `${path}.images`;
    writeFileSync(raw, images);
    await this.#answer({ ask: 'batch', ...asked, images: raw, path: `${path}.part` });
    renameSync(`${path}.part`, path);
    rmSync(raw);
    return path;
  }

  async #answer(question) {
    this.#program ??= built(this.#log);
    const child = spawn(this.#program, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(JSON.stringify(question));
    const ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [output, reason, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (status !== 0) throw new WrongNumber(reason.trim() || `the oracle ended with status ${status}`);
    return JSON.parse(output);
  }
}

/** Path of the program, built where it is not up to date. */
function built(log) {
  log('building the oracle ...');
  const args = ['build', '--release', '--package', 'snn-core', '--example', 'oracle'];
  const { status, stdout, stderr, error } = spawnSync('cargo', [...args, '--message-format', 'json'], {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Mistake(`the oracle cannot be built: ${error?.message ?? lastLine(stderr)}`);
  const artifacts = stdout.split('\n').filter((line) => line.startsWith('{"reason":"compiler-artifact"'));
  return artifacts.map((line) => JSON.parse(line)).find(({ executable }) => executable).executable;
}

const lastLine = (lines) => lines.trim().split('\n').pop();

async function text(stream) {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8')) all += chunk;
  return all;
}
