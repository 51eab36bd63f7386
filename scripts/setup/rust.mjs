import { readFileSync } from 'node:fs';
import { answer } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { at } from './places.mjs';

const remedy = 'from https://rustup.rs (`rustup update` where it is installed), then open a new terminal';

/** Oldest Rust that compiles the crate, as its manifest says. */
const neededMinor = () =>
  Number(/^rust-version = "1\.(\d+)/m.exec(readFileSync(at('crates/snn-core/Cargo.toml'), 'utf8'))?.[1] ?? 0);

/** What `rustc -vV` says; part of the stamp of everything compiled. */
export const rustVersion = () => answer('rustc', ['-vV']) ?? '';

/** Rust: found, with cargo, and new enough. */
export const rust = {
  name: 'rust',
  check() {
    const version = /^release: 1\.(\d+)/m.exec(rustVersion());
    if (version === null) throw new SetupFailure(`Rust is missing (no \`rustc\` found): install it ${remedy}.`);
    if (answer('cargo', ['--version']) === undefined) {
      throw new SetupFailure(`Rust is incomplete (no \`cargo\` found): install it ${remedy}.`);
    }
    const minor = neededMinor();
    if (Number(version[1]) < minor) {
      throw new SetupFailure(`Rust 1.${version[1]} is too old: certispike needs 1.${minor} or newer, ${remedy}.`);
    }
  },
};
