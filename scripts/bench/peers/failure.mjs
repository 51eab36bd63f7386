/** What stops the peers and the person can mend: one line. */
export class PeerFailure extends Error {
  name = 'PeerFailure';
}
