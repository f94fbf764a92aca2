// Runs command lines one after another in a process that has loaded them: see command-host.ts. Arguments: the module of
// the program, and what stands at the end of each command's stdout and stderr.
import { pathToFileURL } from 'node:url';

const [, , module, end] = process.argv;
const PATIENCE_MS = 10_000;
// Both are opened when they are first asked for, and held from then on.
const outputs = [process.stdout, process.stderr];
const { runProgram } = await import(pathToFileURL(module).href);

const held = () => process.getActiveResourcesInfo().toSorted().join(' ');
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 2));

/** A process of its own would end only when nothing is held any more. Returns what is, or nothing. */
async function heldAfter(before) {
  const until = performance.now() + PATIENCE_MS;
  await nextTurn();
  while (held() !== before) {
    if (performance.now() > until) return held();
    await nextTurn();
  }
  return undefined;
}

process.on('disconnect', () => process.exit());
process.on('message', async (args) => {
  process.exitCode = undefined;
  await nextTurn();
  const before = held();
  const code = await runProgram([process.execPath, 'catalog-sync', ...args]);
  const left = await heldAfter(before);
  for (const output of outputs) output.write(end);
  process.send({ code, left });
});
