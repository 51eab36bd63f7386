/** Tests are plain ES modules that use the built packages as their users do, so nothing is transformed. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.mjs'],
  // The packages as users install them: `npm run test:packages`.
  testPathIgnorePatterns: ['<rootDir>/test/packages/', '/node_modules/'],
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/seed.mjs'],
  transform: {},
  modulePathIgnorePatterns: [
    '<rootDir>/target/',
    '<rootDir>/.tools/',
    '<rootDir>/.bench/',
    '<rootDir>/packages/sdk/core/',
    '<rootDir>/packages/sdk/formats/',
    '<rootDir>/packages/datasets/codecs/',
    '<rootDir>/packages/sdk/graphs/',
  ],
  testTimeout: 60_000,
  // Jest would leave a core idle: half of a machine of two.
  maxWorkers: '100%',
};
