import base from '../../jest.config.mjs';

/** The packages as npm delivers them, in the tools their users have: slow, and in need of a registry. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/packages/**/*.test.mjs'],
  testPathIgnorePatterns: [],
  globalSetup: '<rootDir>/test/packages/pack.mjs',
  globalTeardown: '<rootDir>/test/packages/unpack.mjs',
  // Most of a test is the installation of a bundler.
  testTimeout: 300_000,
  maxWorkers: 1,
};
