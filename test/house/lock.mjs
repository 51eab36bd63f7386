/** Where npm looks for a dependency of the package at `path`: beside it, then further up. */
function* candidates(path, name) {
  const parts = path.split('/node_modules/');
  for (let count = parts.length; count > 0; count -= 1) {
    yield `${parts.slice(0, count).join('/node_modules/')}/node_modules/${name}`;
  }
  yield `node_modules/${name}`;
}

/**
 * Optional dependencies that a lock file lacks. npm leaves out, without a word, builds for other machines that a registry
 * does not have; then `npm ci` fails everywhere.
 */
export const missingFromLock = ({ packages }) =>
  Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => ![...candidates(path, name)].some((place) => place in packages))
      .map((name) => `${path} lacks ${name}`),
  );
