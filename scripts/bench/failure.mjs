/** A mistake of the person who calls, or of the surroundings: one line, exit status 2. */
export class Mistake extends Error {
  name = 'Mistake';
}

/** What was measured is not what should have been computed: one line per number, exit status 1. */
export class WrongNumber extends Error {
  name = 'WrongNumber';
}
