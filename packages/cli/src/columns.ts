/** One column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string;
}

/** Lays rows out under their titles, two spaces between columns. */
export function columns<Row>(layout: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = layout.map(({ title, cell }) => [title, ...rows.map(cell)]);
  const widths = cells.map((column) => Math.max(...column.map((cell) => cell.length)));
  const lines = [-1, ...rows.keys()].map((row) =>
    layout
      .map(({ align }, index) => {
        const cell = cells[index]?.[row + 1] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

/** A fraction as a percentage, `-` when it was not computed. */
export function percent(fraction: number | null | undefined, digits = 1): string {
  return fraction == null || Number.isNaN(fraction) ? '-' : `${(fraction * 100).toFixed(digits)} %`;
}
