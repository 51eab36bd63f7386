/** A package.json with another version of its own, and of the packages of this repository it needs. */
export function versioned(text, version) {
  const manifest = JSON.parse(text);
  manifest.version = version;
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (name.startsWith('@certispike/')) manifest.dependencies[name] = version;
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
