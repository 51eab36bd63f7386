// Loaded before the command line by `node --import`: makes stderr a terminal of COLUMNS columns in the program's eyes.
import { clearLine, cursorTo, moveCursor } from 'node:readline';

Object.assign(process.stderr, {
  isTTY: true,
  columns: Number(process.env.COLUMNS),
  clearLine: (direction, done) => clearLine(process.stderr, direction, done),
  cursorTo: (x, y, done) => cursorTo(process.stderr, x, y, done),
  moveCursor: (dx, dy, done) => moveCursor(process.stderr, dx, dy, done),
  getColorDepth: () => 1,
  hasColors: () => false,
});
