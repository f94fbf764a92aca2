import { cpus, release, totalmem, type } from 'node:os';

/** In a line: what was measured on. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() || 'CPU'}, ${memory} GB, ${type()} ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}
