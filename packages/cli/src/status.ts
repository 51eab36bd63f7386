/** Exit statuses of the command line; part of its public interface. */
export const status = {
  /** Everything asked for was done and every property holds. */
  ok: 0,
  /** The work was done, but a property asked for with `--require` does not hold; or an attack contradicts a certificate. */
  propertyFailed: 1,
  /** Wrong use or unusable surroundings: a bad flag, file, folder or disk. One line says which. */
  wrongUse: 2,
  /** A fault of the program itself (sysexits' EX_SOFTWARE); the stack trace is printed. */
  fault: 70,
  /** Stopped by SIGINT; what was computed is saved. */
  interrupted: 130,
  /** Stopped by SIGTERM; what was computed is saved. */
  terminated: 143,
} as const;
