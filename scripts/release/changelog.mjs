import { SetupFailure } from '../setup/failure.mjs';

const heading = '## Unreleased';

/**
 * The changelog with what was unreleased under a version and a date, and an empty section above it.
 * @throws SetupFailure when nothing is unreleased
 */
export function released(text, version, date) {
  const [before, after, ...more] = text.split(`${heading}\n`);
  if (after === undefined || more.length > 0) throw new SetupFailure(`CHANGELOG.md: expected one "${heading}".`);
  if (!/^- /m.test(after.split(/^## /m)[0])) {
    throw new SetupFailure(`CHANGELOG.md: expected what is new under "${heading}", got nothing.`);
  }
  return `${before}${heading}\n\n## ${version} (${date})\n${after}`;
}
