import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, npm, work } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { tools } from './places.mjs';

const version = '24.21.0';
const folder = join(tools, `node-${version}`);
const package_ = `node-${process.platform}-${process.arch}`;
const binary = join(folder, 'node_modules', package_, 'bin', 'node');

/**
 * Path of a newer Node, beside the one that runs, for the tests that compare the two: npm carries its binary. It stays
 * out of node_modules, where it would take the place of `node` in every npm script.
 */
export async function ensureNewerNode() {
  if (answer(binary, ['--version']) === `v${version}`) return binary;
  console.log(`set-up: Node ${version} for the tests that compare two versions (usually 10 seconds) ...`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  try {
    const [command, before] = npm();
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', folder];
    await work('newer-node', command, [...before, ...args, `${package_}@${version}`], { cwd: folder });
    if (answer(binary, ['--version']) === `v${version}`) return binary;
    throw new SetupFailure(`${binary} does not run.`);
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    console.log(error.message);
    console.log(
      `The tests that compare two versions of Node are NOT RUN: npm could not install ${package_}@${version}.`,
    );
    return undefined;
  }
}
