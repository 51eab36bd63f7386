import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npm, answer, work } from '../../scripts/setup/command.mjs';
import { tools } from '../../scripts/setup/places.mjs';

const { platform, arch } = process;
const node = (version) => ({ package: `node-${platform}-${arch}@${version}`, binary: 'bin/node' });

/** JavaScript runtimes whose npm packages carry the binary, at the version that is installed for these tests. */
const runtimes = {
  'Node 22': node('22.23.3'),
  'Node 24': node('24.21.0'),
  'Node 26': node('26.10.0'),
  Deno: { package: `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}@2.9.6`, binary: 'deno' },
  Bun: { package: `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}@1.4.5`, binary: 'bin/bun' },
};

/** Path of a runtime's binary, installed into the project's tools where it is missing. */
export async function runtime(name) {
  const { package: spec, binary } = runtimes[name];
  const folder = join(tools, 'runtimes', spec.replaceAll('/', '-'));
  const path = join(folder, 'node_modules', spec.slice(0, spec.lastIndexOf('@')), binary);
  if (answer(path, ['--version']) !== undefined) return path;
  mkdirSync(folder, { recursive: true });
  const [command, before] = npm();
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--prefix',
    folder,
    spec,
  ];
  await work(`runtime-${name.replace(' ', '-')}`, command, [...before, ...args], { cwd: folder });
  if (answer(path, ['--version']) === undefined) throw new Error(`${path} does not run`);
  return path;
}
