import { execFileSync } from 'node:child_process';

/** Paths in a packed package, without the folder that npm puts around them. */
export function filesOf(path) {
  const list = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' });
  return list
    .trim()
    .split('\n')
    .map((entry) => entry.replace(/^package\//, ''));
}

/** A file of a packed package. */
export function bytesOf(path, file) {
  return execFileSync('tar', ['-xzOf', path, `package/${file}`], { maxBuffer: 1 << 26 });
}
