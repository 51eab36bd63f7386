import { SetupFailure } from './failure.mjs';

const needed = 20;

/** Node itself: every later step and the packages need this version. */
export const node = {
  name: 'node',
  check() {
    const major = Number(process.versions.node.split('.')[0]);
    if (major < needed) {
      throw new SetupFailure(
        `Node ${process.versions.node} is too old: certispike needs Node ${needed} or newer, from https://nodejs.org.`,
      );
    }
  },
};
