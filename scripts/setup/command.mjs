import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spoken, stopwatch } from './clock.mjs';
import { SetupFailure } from './failure.mjs';
import { environment, root, tools } from './places.mjs';

/** Standard output of a short command, trimmed, or undefined where it is missing or fails. */
export function answer(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** How to call npm: inside `npm test` npm names itself, and the same npm is used again. */
export function npm() {
  const path = process.env.npm_execpath;
  return path?.endsWith('npm-cli.js') ? [process.execPath, [path]] : ['npm', []];
}

/**
 * Runs a long command with its output in `.tools/logs/<name>.log`, saying every half minute that it is still at work.
 * @throws SetupFailure with the beginning and the end of the log
 */
export async function work(name, command, args, { cwd = root, env = {} } = {}) {
  const logs = join(tools, 'logs');
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `${name}.log`);
  const log = createWriteStream(path);
  await new Promise((resolve) => log.once('open', resolve));
  const elapsed = stopwatch();
  const pulse = setInterval(() => console.log(`  ... still at it after ${spoken(elapsed())}`), 30_000);
  const outcome = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', log, log] });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `status ${code}`)));
  });
  clearInterval(pulse);
  log.end();
  if (outcome === undefined) return;
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const told = lines.length > 40 ? [...lines.slice(0, 12), '...', ...lines.slice(-24)] : lines;
  throw new SetupFailure(
    `${told.join('\n')}\n\`${command} ${args.join(' ')}\` failed (${outcome}); all it said is in ${path}.`,
  );
}
