import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Scheme } from '../../schemes/scheme.ts';
import { CommandError, usageError } from '../errors.ts';

export interface ProofOptions {
  scheme?: string;
  secretFile?: string;
}

export function schemeOption(command: Command): Command {
  return command.option(
    '--scheme <preset|file>',
    'how its deliveries prove who sent them: standard, shopify, github, basic, bearer, or a YAML file',
  );
}

export function secretFileOption(command: Command): Command {
  return command.option(
    '--secret-file <file>',
    "the supplier's own secret, in place of one that is made; - is stdin",
  );
}

/** What the options say; empty where neither is given. @throws CommandError */
export async function proofOf({
  scheme,
  secretFile,
}: ProofOptions): Promise<{ scheme?: Scheme; givenSecret?: string }> {
  return {
    ...(scheme !== undefined && { scheme: await readSchemeOption(scheme) }),
    ...(secretFile !== undefined && { givenSecret: readText(secretFile) }),
  };
}

/** A scheme by its name, or out of its file. @throws CommandError */
export async function readSchemeOption(text: string): Promise<Scheme> {
  const { presetOf, readScheme, SchemeError } = await import('../../schemes/read-scheme.ts');
  const preset = presetOf(text);
  if (preset) return preset;
  if (text === 'hmac' || text === 'mtls') {
    throw usageError(`${text} needs more than its name: write it into a file, as docs/webhooks.md says.`);
  }
  try {
    return readScheme(readText(text));
  } catch (error) {
    if (!(error instanceof SchemeError)) throw error;
    throw new CommandError(`${text} is no scheme:\n${error.message.replaceAll(/^/gm, '  ')}`, 1, {
      cause: error,
    });
  }
}

/** @param file `-` is stdin @throws CommandError */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(`${file} cannot be read (${code}).`, 1, { cause: error });
  }
}
