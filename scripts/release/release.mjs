import { readFileSync, writeFileSync } from 'node:fs';
import semver from 'semver';
import { answer, npm, work } from '../setup/command.mjs';
import { SetupFailure } from '../setup/failure.mjs';
import { at } from '../setup/places.mjs';
import { writeProvenance } from '../setup/provenance.mjs';
import { setUp } from '../setup/steps.mjs';
import { released } from './changelog.mjs';
import { versioned, versionedCargoLock, versionedCrate, versionedLock } from './manifest.mjs';

/** Packages in the order in which npm has to learn of them. */
const packages = ['sdk', 'datasets', 'cli'];
const manifests = ['package.json', ...[...packages, 'demo'].map((name) => `packages/${name}/package.json`)];
const crates = ['snn-core', 'snn-formats', 'snn-graphs', 'event-codecs'];

/** Every file of the repository that tells the version, as it is under another. */
export function versionedFiles(version) {
  return new Map([
    ...manifests.map((path) => [path, versioned(text(path), version)]),
    ['package-lock.json', versionedLock(text('package-lock.json'), version)],
    ...crates.map((name) => [`crates/${name}/Cargo.toml`, versionedCrate(text(`crates/${name}/Cargo.toml`), version)]),
    ['Cargo.lock', versionedCargoLock(text('Cargo.lock'), crates, version)],
  ]);
}

/**
 * Releases all packages under one version, or shows what that would do and changes nothing.
 * @throws SetupFailure when the version is not the next one, files are not committed, or the changelog has nothing to say
 */
export async function releaseOf(version, publishes) {
  const before = JSON.parse(readFileSync(at('package.json'))).version;
  check(version, before, publishes);
  const files = new Map([
    ['CHANGELOG.md', released(text('CHANGELOG.md'), version, today())],
    ...versionedFiles(version),
  ]);
  console.log(`${before} -> ${version}`);
  for (const path of files.keys()) console.log(`${publishes ? 'writes' : 'would write'} ${path}`);
  if (publishes) {
    for (const [path, content] of files) writeFileSync(at(path), content);
    await work('release-commit', 'git', ['commit', '--all', '--message', `Version ${version}`]);
  }
  // After the commit: what is built tells its version, and where it comes from.
  await setUp();
  const { source } = writeProvenance();
  console.log(`the modules come from ${source.commit}${source.modified ? ' and files that are not committed' : ''}`);
  const [command, start] = npm();
  for (const name of packages) {
    const args = [
      ...start,
      'publish',
      '--ignore-scripts',
      '--access',
      'public',
      ...(publishes ? [] : ['--dry-run', '--tag', 'trial']),
    ];
    console.log(
      `${publishes ? 'publishes' : 'would publish'} ${JSON.parse(text(`packages/${name}/package.json`)).name}`,
    );
    await work(`publish-${name}`, command, args, { cwd: at('packages', name) });
  }
  if (!publishes) return void console.log('Nothing was changed. With --publish it is done.');
  await work('release-tag', 'git', ['tag', `v${version}`]);
  console.log(`Done; push the commit and the tag v${version}.`);
}

function check(version, before, publishes) {
  if (semver.valid(version) !== version) {
    throw new SetupFailure(`version: expected one as 1.2.3, got ${version}.`);
  }
  if (!semver.gt(version, before)) throw new SetupFailure(`version: expected one above ${before}, got ${version}.`);
  if (publishes && answer('git', ['status', '--porcelain']) !== '') {
    throw new SetupFailure('Expected all files to be committed; `git status` names those that are not.');
  }
}

const text = (path) => readFileSync(at(path), 'utf8');
const today = () => new Date().toISOString().slice(0, 10);
