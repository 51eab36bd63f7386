/** What stops the set-up and the person can mend: one sentence with the remedy, shown without a stack trace. */
export class SetupFailure extends Error {
  name = 'SetupFailure';
}
