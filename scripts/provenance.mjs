// Writes `provenance.json` beside the modules of the built SDK; its build ends with this.
import { writeProvenance } from './setup/provenance.mjs';

writeProvenance();
