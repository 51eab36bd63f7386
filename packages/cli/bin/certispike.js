#!/usr/bin/env node
// A file that is there before the build, so that a fresh clone's installation links the command.
import '../dist/certispike.js';
