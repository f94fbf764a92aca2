#!/usr/bin/env node
// Prisma's schema engine for machines that cannot download the native one. Prisma starts it through
// PRISMA_SCHEMA_ENGINE_BINARY (see .config/prisma.ts) and speaks JSON-RPC with it, one message a line.
import process from 'node:process';
import { readArguments } from './arguments.mjs';
import { runDatabaseCommand } from './database-command.mjs';
import { serve } from './rpc-server.mjs';

// Prisma reads stderr as JSON, one object a line: a plain-text warning would make it give up.
process.removeAllListeners('warning');

const { datamodelPaths, url, command } = readArguments(process.argv.slice(2));
if (command === undefined) {
  await serve({ datamodelPaths, url, input: process.stdin, output: process.stdout });
  process.exit(0);
}
process.exitCode = await runDatabaseCommand(command, url, process.stderr);
