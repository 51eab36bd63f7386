const isOurs = (name) => name.startsWith('@certispike/');
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** A package.json with another version of its own, and of the packages of this repository it needs. */
export function versioned(text, version) {
  return json(changed(JSON.parse(text), version));
}

/** A package-lock.json with another version of every package of this repository. */
export function versionedLock(text, version) {
  const lock = changed(JSON.parse(text), version);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || path.startsWith('packages/')) changed(entry, version);
  }
  return json(lock);
}

/** A crate's Cargo.toml with another version of its own. */
export function versionedCrate(text, version) {
  return text.replace(/^version = ".*"$/m, `version = "${version}"`);
}

/** A Cargo.lock with another version of the crates of that name, which are of this repository. */
export function versionedCargoLock(text, crates, version) {
  const own = new RegExp(`^(name = "(?:${crates.join('|')})"\\nversion = )".*"$`, 'gm');
  return text.replace(own, `$1"${version}"`);
}

function changed(manifest, version) {
  manifest.version = version;
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (isOurs(name)) manifest.dependencies[name] = version;
  }
  return manifest;
}
