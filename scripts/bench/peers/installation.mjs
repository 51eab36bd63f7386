import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from '../../setup/command.mjs';
import { PeerFailure } from './failure.mjs';
import { interpreter } from './python.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The oldest Python that SpikingJelly runs on. */
const oldest = [3, 11];

/**
 * The virtual environment `venv` in a folder, made where it is missing or of other requirements.
 * @param python the interpreter to make it with
 * @param log takes a line about what is being done
 * @throws PeerFailure when there is no such Python, or pip fails
 */
export async function ensureVenv(folder, { python = process.env.PYTHON || 'python3', log }) {
  const venv = join(folder, 'venv');
  const requirements = at('requirements.txt');
  const stamp = stampOf(venv, [requirements]);
  if (stamp.isSet()) return;
  await checkPython(python);
  log(`installing PyTorch, snnTorch and SpikingJelly into ${venv} (once; about 3 GB to download) ...`);
  const step = (name, command, args) => work(name, command, args, folder);
  await step('venv', python, ['-m', 'venv', venv]);
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  // Wheels kept in a cache would take the space twice.
  const how = ['install', '--no-deps', '--no-cache-dir', '--requirement', requirements];
  await step('pip', interpreter(venv), ['-m', 'pip', ...how, ...quiet]);
  stamp.set();
}

/**
 * The npm packages of `node` in a folder, in the way of {@link ensureVenv}.
 * @throws PeerFailure when npm fails
 */
export async function ensureNode(folder, { log }) {
  const place = join(folder, 'node');
  const files = ['package.json', 'package-lock.json'];
  const stamp = stampOf(
    place,
    files.map((file) => at(`node/${file}`)),
  );
  if (stamp.isSet()) return;
  log(`installing onnxruntime-web into ${place} (once) ...`);
  mkdirSync(place, { recursive: true });
  for (const file of files) cpSync(at(`node/${file}`), join(place, file));
  const [command, before] = npm();
  await work(
    'npm',
    command,
    [...before, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', place],
    folder,
  );
  stamp.set();
}

/** Remembers in a folder what files it was made from. */
function stampOf(folder, files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  const path = join(folder, '.made-from');
  const wanted = hash.digest('hex');
  return {
    isSet: () => existsSync(path) && readFileSync(path, 'utf8') === wanted,
    set: () => writeFileSync(path, wanted),
  };
}

async function checkPython(python) {
  const [need, question] = [oldest.join('.'), 'import sys, venv, ensurepip; print(*sys.version_info[:2], sep=".")'];
  const { status, output } = await outcome(python, ['-c', question]);
  if (status === 'ENOENT') {
    throw new PeerFailure(`the peers need Python ${need} or newer: there is no ${python} (PYTHON=... names another)`);
  }
  if (status !== 0) {
    const reason = lastLine(output);
    throw new PeerFailure(`the peers need Python ${need} or newer with venv and pip: ${python} says ${reason}`);
  }
  const [major, minor] = output.trim().split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new PeerFailure(`the peers need Python ${need} or newer: ${python} is ${major}.${minor}`);
  }
}

/** Runs a long command with low priority and its output in `logs/<name>.log`. */
async function work(name, command, args, folder) {
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `${name}.log`);
  const { status, output } = await outcome(command, args, { cwd: folder, log: createWriteStream(path) });
  if (status === 0) return;
  const reason = output.split('\n').find((line) => /^(ERROR|npm error)/.test(line)) ?? lastLine(output);
  throw new PeerFailure(`${name} failed (${status}): ${reason}; all it said is in ${path}`);
}

/** Exit status, signal or error code of a command, and what it wrote. */
function outcome(command, args, { cwd, log } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-100_000);
        log?.write(text);
      });
    }
    const end = (status) => {
      log?.end();
      resolve({ status, output });
    };
    child.once('error', (error) => end(error.code ?? error.message));
    child.once('close', (code, signal) => end(signal ?? code));
    if (child.pid !== undefined) yieldTo(child.pid);
  });
}

/** Others come first. */
function yieldTo(pid) {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
}

const lastLine = (output) => output.trim().split('\n').pop();
