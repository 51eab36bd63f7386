import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A path below the top of the repository. */
export const at = (...parts) => join(root, ...parts);

/** Tools of this project alone, git-ignored: binaries, stamps, logs. */
export const tools = at('.tools');

/** The environment in which the project's own tools win over those of the machine. */
export const environment = (extra = {}) => ({
  ...process.env,
  ...extra,
  PATH: [join(tools, 'bin'), at('node_modules', '.bin'), process.env.PATH].join(delimiter),
});
