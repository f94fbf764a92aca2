import type { Command, Option } from 'commander';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { docPages } from './pages.ts';

const program = createProgram();
const manifest = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const pages = docPages();

describe('README and docs', () => {
  it.each(pages)('$file shows only commands and options of the program', ({ text }) => {
    expect(commandLines(text).flatMap(faultsOf)).toEqual([]);
  });

  it.each(pages)('$file runs only scripts of package.json', ({ text }) => {
    const run = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => String(script));
    expect(run.filter((script) => !(script in manifest.scripts))).toEqual([]);
  });

  it.each(pages)('$file speaks of no option that no command has', ({ text }) => {
    const spoken = [...text.matchAll(/`(--[a-z][a-z-]*)(?: [\w-]+)?`/g)].map(([, option]) => String(option));
    const all = new Set(
      everyCommand(program)
        .flatMap(optionsOf)
        .map(({ long }) => long),
    );
    expect(spoken.filter((option) => !all.has(option))).toEqual([]);
  });

  it('would find a command and an option that are not there', () => {
    const inline = commandLines('Use `catalog-sync mend --tenant shop`.');
    const block = commandLines('```\nnpx catalog-sync replay show ID --nope   # a comment\n```\n');
    expect([...inline, ...block].flatMap(faultsOf)).toEqual([
      'catalog-sync mend',
      'catalog-sync replay show --nope',
    ]);
  });
});

/** What follows the program's name, in code and between backticks, up to the end of the command. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```\w*\n(.*?)^ *```/gms)].flatMap(([, block]) =>
    String(block).split('\n'),
  );
  const inline = [...text.replaceAll(/^ *```\w*\n.*?^ *```/gms, '').matchAll(/`([^`]+)`/g)].map(
    ([, code]) => code,
  );
  return [...blocks, ...inline]
    .map(
      (code) =>
        /^\s*(?:npx )?catalog-sync (.*)$/s.exec(String(code)) ??
        /^\s*npm run (replay) -- (.*)$/s.exec(String(code)),
    )
    .flatMap((found) => (found ? [found.slice(1).join(' ')] : []))
    .map((line) => line.replace(/\s[>#]\s.*$/, ''));
}

/** Capitals and `…` stand for what is to be put there; brackets for what may be left out. */
function faultsOf(line: string): string[] {
  let command = program;
  let name = 'catalog-sync';
  let isValue = false;
  const faults: string[] = [];
  for (const word of line.replaceAll(/[[\]]/g, ' ').match(/"[^"]*"|\S+/g) ?? []) {
    const option = optionsOf(command).find(({ long }) => long === word);
    if (isValue) isValue = false;
    else if (option) isValue = option.required || option.optional;
    else if (word.startsWith('--') && word !== '--help') faults.push(`${name} ${word}`);
    else if (/^[a-z]/.test(word) && command.registeredArguments.length === 0) {
      name += ` ${word}`;
      const next = command.commands.find((one) => one.name() === word);
      if (!next) return [...faults, name];
      command = next;
    }
  }
  return faults;
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...(command.parent ? optionsOf(command.parent) : [])];
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
