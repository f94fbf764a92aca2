import { spawn } from 'node:child_process';
import { once } from 'node:events';
import getPort from 'get-port';
import { pythonPackages, type Fetched } from './fetched-program.ts';
import { until } from './until.ts';

/** Only by who signs nothing it needs no key; what it takes such a request for, stands in the scope. */
const ANYBODY = (service: string): Record<string, string> => ({
  authorization:
    `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request, ` +
    'SignedHeaders=host, Signature=x',
});
const MAY_READ = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetObject'], Resource: '*' }],
};

export interface Moto {
  url: string;
  /** Of a user who may read. */
  key: string;
  secret: string;
  put(bucket: string, key: string, content: string): Promise<void>;
  close(): Promise<void>;
}

export function findMoto(): Promise<Fetched> {
  return pythonPackages('moto-5.2.5', ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5']);
}

/** Amazon's services, in Python, that hold each signature against the key. @param folder where `findMoto` put it */
export async function startMoto(folder: string): Promise<Moto> {
  const port = await getPort({ host: '127.0.0.1' });
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, PYTHONPATH: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const url = `http://127.0.0.1:${port}`;
  const call = async (path: string, request: RequestInit): Promise<string> => {
    const answer = await fetch(`${url}${path}`, request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`moto answered ${answer.status} to ${path}: ${text}`);
    return text;
  };
  const iam = (action: string, more: Record<string, string> = {}) =>
    call('/', {
      method: 'POST',
      headers: ANYBODY('iam'),
      body: new URLSearchParams({ Action: action, UserName: 'reader', Version: '2010-05-08', ...more }),
    });
  /** How many requests are not held against a key from now on. */
  const setFree = (count: number) =>
    call('/moto-api/reset-auth', {
      ...{ method: 'POST', headers: { 'content-type': 'text/plain' }, body: String(count) },
    });
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`moto ended: ${said}`);
      return (await fetch(url)).ok;
    }, 60_000);
    await iam('CreateUser');
    await iam('PutUserPolicy', { PolicyName: 'read', PolicyDocument: JSON.stringify(MAY_READ) });
    const created = await iam('CreateAccessKey');
    const [key, secret] = ['AccessKeyId', 'SecretAccessKey'].map(
      (name) => new RegExp(`<${name}>([^<]+)<`).exec(created)?.[1] ?? '',
    );
    const put = async (bucket: string, name: string, content: string): Promise<void> => {
      await setFree(1_000);
      await call(`/${bucket}`, { method: 'PUT', headers: ANYBODY('s3') });
      const path = `/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`;
      await call(path, { method: 'PUT', headers: ANYBODY('s3'), body: content });
      await setFree(0);
    };
    await setFree(0);
    return { url, key: key ?? '', secret: secret ?? '', put, close };
  } catch (error) {
    await close();
    throw error;
  }
}
