import { spawn } from 'node:child_process';

/** Runs a program on a pseudoterminal of 80 columns, types each answer once its question stands there, and reads the screen. */
export async function onTerminal(
  command: readonly string[],
  options: { env: Record<string, string | undefined>; cwd: string; answers?: Record<string, string> },
): Promise<{ code: number | null; screen: string }> {
  const child = spawn('python3', ['-c', PTY, JSON.stringify(options.answers ?? {}), ...command], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, screen: screen.replaceAll('\r\n', '\n') };
}

const PTY = `
import fcntl, json, os, pty, struct, sys, termios
answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
seen = b""
while True:
    try:
        read = os.read(terminal, 65536)
    except OSError:
        break
    if not read:
        break
    seen += read
    sys.stdout.buffer.write(read)
    sys.stdout.buffer.flush()
    for question in [q for q in answers if q.encode() in seen]:
        os.write(terminal, answers.pop(question).encode())
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
`;
