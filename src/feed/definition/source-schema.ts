import { z } from 'zod';
import { isStorable } from '../../domain/safe-text.ts';
import { keyed, text, wrongKind } from './keyed.ts';

const MOST_CHARACTERS = 1000;

const line = (wanted: string) =>
  text(wanted)
    .min(1, `is empty, and must be ${wanted}`)
    .max(MOST_CHARACTERS, `must have at most ${MOST_CHARACTERS} characters`)
    .refine(isStorable, 'must not hold line breaks or other control characters');

/** A key in OpenSSH's or PEM form has lines. */
const secretLines = text('the key itself, with its BEGIN and END lines').regex(
  /^-----BEGIN [A-Z ]+-----\n[\s\S]+\n-----END [A-Z ]+-----\s*$/,
  'must be a private key with its BEGIN and END lines; in YAML: key: |- and the lines below, indented',
);

const port = z
  .int({ error: ({ input }) => wrongKind(input, 'a port from 1 to 65535') })
  .min(1, 'must be a port from 1 to 65535')
  .max(65_535, 'must be a port from 1 to 65535');

const host = line('the name or address of a host').regex(
  /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+$/,
  'must be a name or address alone, without scheme, port or path',
);

const HOST_KEY = /^SHA256:[A-Za-z0-9+/]{43}=?$/;

const sftp = keyed({
  host,
  port: port.optional(),
  path: line('the path of the files, such as /out/stock-*.csv'),
  user: line('the name of a user'),
  key: secretLines.optional(),
  keyFile: line('the path of a file on the worker').optional(),
  passphrase: line('the passphrase of the key').optional(),
  password: line('a password').optional(),
  hostKey: line("the fingerprint of the server's key, as ssh-keygen -lf prints it: SHA256:…").regex(
    HOST_KEY,
    'must be SHA256: and 43 characters, as ssh-keygen -lf prints it',
  ),
}).superRefine(
  (value, context) => {
    const given = (['key', 'keyFile', 'password'] as const).filter((name) => value[name] !== undefined);
    if (given.length !== 1) context.addIssue('must have one of key, keyFile and password');
    if (value.passphrase !== undefined && given[0] === 'password') {
      context.addIssue({
        code: 'custom',
        path: ['passphrase'],
        message: 'belongs to a key, not to a password',
      });
    }
  },
  { when: ({ value }) => isMap(value) },
);

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

const http = keyed({
  url: line('an address such as https://files.example.com/stock.csv').superRefine((url, context) => {
    const fault = faultOfAddress(url);
    if (fault !== undefined) context.addIssue(fault);
  }),
  headers: z
    .record(z.string().regex(HEADER_NAME, 'is no name of a header'), line('the value of a header'), {
      error: ({ input, code }) =>
        code === 'invalid_type' ? wrongKind(input, 'a map of headers') : 'is no name of a header',
    })
    .optional(),
});

const s3 = keyed({
  bucket: line('the name of a bucket').regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'must have 3 to 63 of a-z, 0-9, "." and "-"',
  ),
  prefix: text('the beginning of the keys, such as out/').max(MOST_CHARACTERS).default(''),
  region: line('the name of a region').optional(),
  endpoint: line('an address')
    .superRefine((url, context) => {
      const fault = faultOfAddress(url);
      if (fault !== undefined) context.addIssue(fault);
    })
    .optional(),
  key: line('the id of an access key').optional(),
  secret: line('the secret of the access key').optional(),
}).superRefine(
  (value, context) => {
    if ((value.key === undefined) !== (value.secret === undefined)) {
      context.addIssue('must have key and secret together, or neither');
    }
  },
  { when: ({ value }) => isMap(value) },
);

const folder = keyed({ path: line('the path of a folder on the worker, or of the files in it') });

export const SOURCE_KINDS = ['upload', 'sftp', 'http', 's3', 'folder'] as const;

export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Where the files come from: one of them. */
export const sourceSchema = keyed({
  upload: keyed({}).optional(),
  sftp: sftp.optional(),
  http: http.optional(),
  s3: s3.optional(),
  folder: folder.optional(),
}).superRefine(
  (value, context) => {
    const named = Object.keys(value).length;
    if (named !== 1) context.addIssue(`must name one of ${SOURCE_KINDS.join(', ')}, and names ${named}`);
  },
  { when: ({ value }) => isMap(value) },
);

function faultOfAddress(url: string): string | undefined {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return 'must begin with https:// or http://';
  const { username, password } = new URL(url);
  return username === '' && password === ''
    ? undefined
    : 'must not hold user and password: put them into headers, as Authorization';
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
