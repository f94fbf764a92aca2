import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { cli, type Cli } from './run.ts';

let shell: Cli;

beforeAll(async () => {
  shell = await cli({}, { alone: true });
});
afterAll(() => shell?.close());

describe('help', () => {
  const commands = createProgram().commands.flatMap((command) => [command, ...command.commands]);

  it.each([createProgram(), ...commands].map((command) => [command.name(), command] as const))(
    'of %s fits 80 columns and says what it does',
    (_name, command) => {
      let text = '';
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
      });
      command.outputHelp();
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(command.description()).not.toBe('');
    },
  );

  it('goes to stdout and ends with 0', async () => {
    const result = await shell.run(['trace', '--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('catalog-sync trace CHAIR-01');
  });
});

describe('wrong usage ends with 2 and names the help to read', () => {
  it.each([
    [['frobnicate'], 'catalog-sync --help'],
    [['trace'], 'catalog-sync trace --help'],
    [['trace', 'A', '--limit', '0'], 'catalog-sync trace --help'],
    [['trace', 'A', '--frob'], 'catalog-sync trace --help'],
    [['trace', 'A', 'B'], 'catalog-sync trace --help'],
    [['tenant', 'add', 'Canary'], 'catalog-sync tenant add --help'],
    [['tenant', 'add', 'canary', '--state', 'ajar'], 'catalog-sync tenant add --help'],
    [['tenant', 'add', 'canary', '--state', 'open'], 'catalog-sync tenant add --help'],
    [['tenant', 'set', 'canary'], 'catalog-sync tenant set --help'],
    [['tenant', 'add', 'canary', '--storefront', 'ftp://shop'], 'catalog-sync tenant add --help'],
    [['tenant', 'add', 'canary', '--storefront', 'https://u:p@shop'], 'catalog-sync tenant add --help'],
    [['tenant', 'add', 'canary', '--time-zone', 'Mars/Base'], 'catalog-sync tenant add --help'],
    [['supplier', 'add', 'acme'], 'catalog-sync supplier add --help'],
    [
      ['supplier', 'add', 'acme', '--tenant', 'canary', '--sku-pattern', '('],
      'catalog-sync supplier add --help',
    ],
    [['supplier', 'rotate-secret', 'acme', '--tenant', 'canary', '--overlap', '1w'], 'rotate-secret --help'],
    [['token', 'add'], 'catalog-sync token add --help'],
    [['token', 'add', '--role', 'king'], 'catalog-sync token add --help'],
    [['token', 'add', '--role', 'supplier'], 'catalog-sync token add --help'],
    [['token', 'add', '--role', 'supplier', '--supplier', 'acme'], 'catalog-sync token add --help'],
    [['token', 'add', '--role', 'viewer', '--tenant', 'canary', '--supplier', 'acme'], 'token add --help'],
    [['send', '--tenant', 'canary', '--supplier', 'acme', '--sku', 'A'], 'catalog-sync send --help'],
    [['listen'], 'catalog-sync listen --help'],
    [['changes'], 'catalog-sync changes --help'],
    [['token', 'add', '--role', 'viewer', '--expires', '0d'], 'catalog-sync token add --help'],
    [['token', 'rotate', 'x', '--overlap', 'soon'], 'catalog-sync token rotate --help'],
    [['session', 'revoke'], 'catalog-sync session revoke --help'],
    [['session', 'revoke', '1', '--all'], 'catalog-sync session revoke --help'],
    [['session', 'revoke', 'ada'], 'catalog-sync session revoke --help'],
    [['ingest', '-', '--tenant', 'canary'], 'catalog-sync ingest --help'],
  ])('%j', async (args, hint) => {
    const result = await shell.run(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(hint);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });

  it('without any command: the help, on stderr', async () => {
    const result = await shell.run([]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('Usage: catalog-sync');
  });

  it('in settings: every fault at once', async () => {
    const result = await shell.run(['tenant', 'list'], { env: { PORT: 'x', DATABASE_URL: 'mysql://x' } });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/PORT:[^]*DATABASE_URL:/);
  });
});

describe('a failure ends with 1 and says what to do', () => {
  it('without a database', async () => {
    const result = await shell.run(['trace', 'CHAIR-01']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/No DATABASE_URL is set[^]*catalog-sync start/);
  });

  it('with a database that does not answer, without its password; the stack only for LOG_LEVEL=debug', async () => {
    // A port that was free a moment ago, and that nothing listens on.
    const probe = createServer();
    const port = await new Promise<number>((resolve) => {
      probe.listen(0, '127.0.0.1', () => resolve((probe.address() as { port: number }).port));
    });
    await new Promise((resolve) => {
      probe.close(resolve);
    });
    const env = { DATABASE_URL: `postgresql://someone:hunter2@127.0.0.1:${port}/catalog` };
    const result = await shell.run(['tenant', 'list'], { env });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('PostgreSQL does not answer');
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    const debug = await shell.run(['tenant', 'list'], { env: { ...env, LOG_LEVEL: 'debug' } });
    expect(debug.stderr).toMatch(/^ {4}at /m);
    expect(result.stderr + debug.stderr).not.toContain('hunter2');
  });
});
