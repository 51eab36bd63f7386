const marks = (name) => [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];

/** What stands between two marks of a text, or undefined where they are missing. */
export function between(text, name) {
  const [begin, end] = marks(name);
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  return from === -1 || to === -1 ? undefined : text.slice(from + begin.length, to);
}

/** The text with something else between the marks, which have to be there. */
export function replaced(text, name, content) {
  const [begin, end] = marks(name);
  return text.slice(0, text.indexOf(begin) + begin.length) + content + text.slice(text.indexOf(end));
}
