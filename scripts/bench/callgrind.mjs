/**
 * Instructions that every function executed itself, from the text of a callgrind output file: lines `fn=(id) name` open a
 * function (later ones leave the name out), lines that begin with a position have a cost, and the line after `calls=` has
 * the cost of the callee, which is counted there.
 */
export function countsOf(text) {
  const names = new Map();
  const counts = new Map();
  let [current, isCall] = [undefined, false];
  for (const line of text.split('\n')) {
    const opened = /^fn=\((\d+)\)(?: (.*))?$/.exec(line);
    const named = opened ?? /^cfn=\((\d+)\)(?: (.*))?$/.exec(line);
    if (named?.[2] !== undefined) names.set(named[1], plain(named[2]));
    if (opened !== null) current = opened[1];
    else if (line.startsWith('calls=')) isCall = true;
    else if (/^[+\-*\d]/.test(line)) {
      if (!isCall) counts.set(current, (counts.get(current) ?? 0) + Number(line.split(' ')[1]));
      isCall = false;
    }
  }
  const byName = new Map();
  for (const [id, count] of counts) byName.set(names.get(id), (byName.get(names.get(id)) ?? 0) + count);
  return byName;
}

/** A name without Rust's hash, and without what callgrind adds to recursive functions. */
const plain = (name) => name.replace(/::h[0-9a-f]{16}/, '').replace(/'\d+$/, '');
