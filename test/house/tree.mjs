import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Map from path below `folder` to content, for every file with one of the endings. */
export function sources(folder, endings) {
  const files = new Map();
  const top = join(root, folder);
  for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !endings.some((ending) => entry.name.endsWith(ending))) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    files.set(path.slice(top.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
  }
  return files;
}

const made = /(^|\/)(\.git|\.tools|node_modules|target|dist)$|^packages\/(sdk\/(core|formats)|datasets\/codecs)$/;

/** Paths below a folder without what is made from the rest; for a tree that is no clone. */
const walk = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return made.test(path) ? [] : walk(path);
  });

/** Paths of what is committed or about to be, without what git ignores. */
export function tracked() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  const paths = status === 0 ? stdout.split('\0') : walk('');
  return paths.filter((path) => path !== '' && existsSync(join(root, path)));
}

const code = /\.(rs|ts|mts|mjs|js|sh)$/;

/** Files named for no noun at all. */
export const drawers = (paths) =>
  paths.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.[^/]*)?(\/|$)/i.test(path));

/** Source files of more than `most` lines. */
export const longFiles = (files, most) =>
  [...files]
    .filter(([path]) => code.test(path))
    .map(([path, content]) => [path, content.split('\n').length - (content.endsWith('\n') ? 1 : 0)])
    .filter(([, lines]) => lines > most)
    .map(([path, lines]) => `${path}: ${lines} lines`);

// Put together from parts, so that this file does not name what it looks for.
const strange = [
  ['(?<!\\w)/ro', 'ot/'],
  ['(?<!\\w)/wo', 'rk/(main|shared|steering|toolchain)'],
  ['(?<!\\w)/ho', 'me/\\w+/'],
  ['(?<!\\w)/Us', 'ers/\\w+/'],
  ['arti', 'factory'],
  ['registry\\.', '(npmjs\\.org|yarnpkg\\.com|npmmirror\\.com)'],
  ['static\\.crates', '\\.io'],
].map((parts) => new RegExp(parts.join('')));

/** Lines that name a folder of one machine or the host of a registry. */
export const machineTraces = (files) =>
  [...files].flatMap(([path, content]) =>
    content
      .split('\n')
      .flatMap((line, index) => (strange.some((trace) => trace.test(line)) ? [`${path}:${index + 1}`] : [])),
  );
