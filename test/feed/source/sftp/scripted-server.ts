import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import ssh2, { type Attributes, type Connection, type SFTPWrapper } from 'ssh2';
import { fingerprintOf } from '../../../../src/feed/source/sftp/host-key.ts';
import { newSshKey } from '../../../support/ssh-keys.ts';

const { Server, utils } = ssh2;
const { STATUS_CODE } = utils.sftp;
const DIRECTORY = 0o040755;
const FILE = 0o100644;
const LINK = 0o120777;

export interface ScriptedFile {
  content: Buffer;
  /** In seconds. */
  mtime: number;
  isLink?: boolean;
}

/** What goes wrong, until it is taken away. */
export interface Script {
  /** The connection is cut when so many bytes of files were given. */
  cutAfterBytes?: number;
  /** A file ends there, whatever was said of its length. */
  endsAt?: number;
  /** No answer comes to what begins with so many bytes of files given. */
  stallAfterBytes?: number;
  /** Says nothing from the first byte of the connection on. */
  mute?: boolean;
  /** At most so many bytes for each read. */
  mostBytes?: number;
  /** Called when something is read. */
  onRead?: () => void;
}

export interface ScriptedServer {
  port: number;
  hostKey: string;
  files: Map<string, ScriptedFile>;
  script: Script;
  /** How often somebody was let in. */
  signedIn: number;
  open(): number;
  close(): Promise<void>;
}

/** An SFTP server in this process that does what it is told: user `catalog`, password `sesame`, files below /out. */
export async function scriptedServer({ keys = [newSshKey()] } = {}): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const server = new Server({ hostKeys: keys.map((key) => key.private) }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      const fits =
        context.username === 'catalog' && context.method === 'password' && context.password === 'sesame';
      if (!fits) return context.reject(['password']);
      scripted.signedIn += 1;
      return context.accept();
    });
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => serve(acceptSftp(), client, scripted));
    });
  });
  const scripted: ScriptedServer = {
    ...{
      port: 0,
      hostKey: fingerprintOf(keys[0]?.blob ?? Buffer.of()),
      files: new Map(),
      script: {},
    },
    signedIn: 0,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  const net = (server as unknown as { _srv: NetServer })._srv;
  net.prependListener('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay();
    socket.once('close', () => sockets.delete(socket));
    if (scripted.script.mute) socket.write = () => true;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scripted.port = (net.address() as AddressInfo).port;
  return scripted;
}

function attributesOf({ content, mtime, isLink }: ScriptedFile, asLink: boolean): Attributes {
  return { mode: isLink && asLink ? LINK : FILE, size: content.length, mtime, atime: mtime, uid: 0, gid: 0 };
}

function serve(sftp: SFTPWrapper, client: Connection, { files, script }: ScriptedServer): void {
  const handles = new Map<number, { path: string; isListed?: boolean }>();
  let given = 0;
  const openHandle = (path: string): Buffer => {
    handles.set(handles.size, { path });
    return Buffer.of(handles.size - 1);
  };
  const handleOf = (handle: Buffer) => handles.get(handle[0] ?? -1) ?? { path: '' };
  const stat = (id: number, path: string): void => {
    const file = files.get(path);
    if (path === '/out') sftp.attrs(id, { mode: DIRECTORY, size: 0, mtime: 1, atime: 1, uid: 0, gid: 0 });
    else if (file) sftp.attrs(id, attributesOf(file, false));
    else
      sftp.status(id, path.startsWith('/locked') ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.NO_SUCH_FILE);
  };
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (id, handle) => stat(id, handleOf(handle).path));
  sftp.on('OPENDIR', (id, path) =>
    path === '/out' ? sftp.handle(id, openHandle(path)) : sftp.status(id, STATUS_CODE.NO_SUCH_FILE),
  );
  sftp.on('READDIR', (id, handle) => {
    const listing = handleOf(handle);
    if (listing.isListed) return sftp.status(id, STATUS_CODE.EOF);
    listing.isListed = true;
    const names = [...files].map(([path, file]) => ({
      ...{ filename: path.replace('/out/', ''), longname: path, attrs: attributesOf(file, true) },
    }));
    const folder = { mode: DIRECTORY, size: 0, mtime: 1, atime: 1, uid: 0, gid: 0 };
    return sftp.name(id, [{ filename: 'old', longname: 'old', attrs: folder }, ...names]);
  });
  sftp.on('OPEN', (id, path) =>
    files.has(path) ? sftp.handle(id, openHandle(path)) : sftp.status(id, STATUS_CODE.NO_SUCH_FILE),
  );
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('READ', (id, handle, offset, length) => {
    script.onRead?.();
    const { content } = files.get(handleOf(handle).path) ?? { content: Buffer.of() };
    const end = Math.min(offset + Math.min(length, script.mostBytes ?? length), script.endsAt ?? Infinity);
    const piece = content.subarray(offset, Math.max(offset, end));
    if (given >= (script.cutAfterBytes ?? Infinity)) return client.end();
    if (given >= (script.stallAfterBytes ?? Infinity)) return undefined;
    given += piece.length;
    return piece.length === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.data(id, piece);
  });
}
