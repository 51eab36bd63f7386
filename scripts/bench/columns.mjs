/** Rows of words as lines of text: the first column to the left, numbers to the right. */
export function columns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const cell = (word, column) => {
    const text = String(word ?? '');
    return column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

/** The same rows as a table in Markdown. */
export function markdown(rows) {
  const line = (cells) => `| ${cells.map((word) => word ?? '').join(' | ')} |`;
  const rule = rows[0].map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)];
}

/** Milliseconds with three digits. */
export const milliseconds = (value) => value.toPrecision(Math.max(3, String(Math.round(value)).length));

/** A ratio, such as 3.4 or 12. */
export const ratio = (value) => (value >= 9.95 ? value.toFixed(0) : value.toFixed(value >= 2 ? 1 : 2));

/** Bytes in MiB. */
export const mebibytes = (bytes) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
