#!/usr/bin/env node
import { endQuietlyOnBrokenPipe } from './output.ts';
import { runProgram } from './program.ts';

endQuietlyOnBrokenPipe();
process.exitCode = await runProgram(process.argv);
