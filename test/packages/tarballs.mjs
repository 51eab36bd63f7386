import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Path of a package as `npm pack` made it: `sdk`, `datasets` or `cli`. */
export function tarball(name) {
  const folder = process.env.CERTISPIKE_PACKED;
  const start = name === 'cli' ? /^certispike-\d/ : new RegExp(`^certispike-${name}-\\d`);
  const file = readdirSync(folder).find((entry) => start.test(entry));
  if (file === undefined) throw new Error(`there is no packed ${name} in ${folder}`);
  return join(folder, file);
}
