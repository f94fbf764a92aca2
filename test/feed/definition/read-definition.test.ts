import { describe, expect, it } from 'vitest';
import { faultInWords, readDefinition } from '../../../src/feed/definition/read-definition.ts';
import { SECRET_PLACES } from '../../../src/feed/definition/secrets.ts';

const HOST_KEY = `SHA256:${'A'.repeat(43)}`;
const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----';

const SMALLEST = `
feed: acme-night
supplier: acme
source: { upload: {} }
columns: { sku: Artikelnr, quantity: Bestand, updatedAt: Stand }
`;

/** The smallest document with a line more, or another one. */
function withLines(lines: string): string {
  const keys = lines.match(/^\w+(?=:)/gm) ?? [];
  const kept = SMALLEST.split('\n').filter((line) => !keys.some((key) => line.startsWith(`${key}:`)));
  return [...kept, lines].join('\n');
}

function faultsOf(text: string): string[] {
  const read = readDefinition(text);
  return read.ok ? [] : read.faults.map(faultInWords);
}

function definitionOf(text: string) {
  const read = readDefinition(text);
  if (!read.ok) throw new Error(read.faults.map(faultInWords).join('\n'));
  return read.definition;
}

describe("a feed's document", () => {
  it('needs four keys', () => {
    expect(definitionOf(SMALLEST)).toEqual({
      feed: 'acme-night',
      supplier: 'acme',
      source: { upload: {} },
      columns: { sku: 'Artikelnr', quantity: 'Bestand', updatedAt: 'Stand' },
      times: {},
      quantities: { words: {} },
      kind: 'delta',
      guards: {},
    });
  });

  it('says everything that a feed needs', () => {
    const text = `
feed: acme-night
supplier: acme
source:
  sftp: { host: files.acme.example, path: /out/stock-*.csv, user: us, password: pw, hostKey: "${HOST_KEY}" }
every: 15m
format: csv
encoding: windows-1252
delimiter: ";"
quote: '"'
header: 2
columns: { sku: [Artikelnr, 'Art. Nr.'], quantity: 2, updatedAt: Stand, location: Lager, id: Satz }
times: { format: dd.MM.yyyy HH:mm, zone: Europe/Berlin }
quantities: { decimal: ',', thousands: '.', words: { 'auf Lager': 10, '10+': 10, 'not stocked': none } }
kind: snapshot
guards: { lost: 30%, toZero: 12.5 %, refused: 5%, unheard: 100%, fewest: 10 }
expected: 26h
`;
    expect(definitionOf(text)).toMatchObject({
      every: 900,
      header: 2,
      columns: { sku: ['Artikelnr', 'Art. Nr.'], quantity: 2 },
      times: { format: ['dd.MM.yyyy HH:mm'], zone: 'Europe/Berlin' },
      quantities: {
        decimal: ',',
        thousands: '.',
        words: { 'auf Lager': 10, '10+': 10, 'not stocked': 'none' },
      },
      kind: 'snapshot',
      guards: { lost: 0.3, toZero: 0.125, refused: 0.05, unheard: 1, fewest: 10 },
      expected: 93_600,
    });
  });

  it('may be JSON, indented with tabs, and begin with a byte order mark', () => {
    const plain = {
      feed: 'a',
      supplier: 'b',
      source: { folder: { path: '/in' } },
      columns: { sku: '/product/sku', quantity: { west: '/w', east: '/e' } },
      times: { of: 'envelope', field: 'BIA04', format: ['yyyyMMdd', 'epoch'], zone: 'UTC' },
    };
    const text = `\ufeff${JSON.stringify(plain, null, '\t')}`;
    expect(definitionOf(text)).toMatchObject({ ...plain, times: { of: 'envelope', field: 'BIA04' } });
  });

  it('may say that quotes are none', () => {
    expect(definitionOf(withLines('quote: none')).quote).toBe('none');
  });

  it('takes a crontab line with its zone for every', () => {
    const text = withLines(
      `source: { folder: { path: /in } }\nevery: { cron: '0 6 * * mon-fri', zone: Europe/Berlin }`,
    );
    expect(definitionOf(text).every).toEqual({ cron: '0 6 * * mon-fri', zone: 'Europe/Berlin' });
  });

  it('has its faults told all at once, each with its place', () => {
    const text = `
feed: Acme Night
source: { sftp: { host: 'sftp://x', path: /out, user: us, hostKey: MD5:ab } }
every: 15
format: xls
coloumns: {}
columns: { sku: '', quantity: 0, updatedat: Stand }
times: { format: DD.MM.YYYY, zone: Europe/Berln }
quantities: { decimal: ',', thousands: ',', words: { viel: lots } }
kind: full
guards: { lost: 30, toZero: 130%, lots: 1% }
expected: soon
`;
    expect(faultsOf(text)).toEqual([
      'feed must be 1 to 40 of a-z, 0-9 and "-"',
      'supplier is missing',
      'source.sftp.host must be a name or address alone, without scheme, port or path',
      'source.sftp.hostKey must be SHA256: and 43 characters, as ssh-keygen -lf prints it',
      'source.sftp must have one of key, keyFile and password',
      'every must be a number with s, m, h or d, from 10s to 31d, such as 26h',
      'format must be one of csv, xlsx, json, ndjson, xml, x12-846, edifact-invrpt: did you mean xlsx?',
      "columns.sku must be a column's name, its number from 1, or a list of them",
      "columns.quantity must be a column's name, its number from 1, or a list of them, or a map of locations of 1 to 40 characters, each with one",
      'columns.updatedat: did you mean updatedAt?',
      'times.format[1] has DD: did you mean dd?',
      'times.zone must be the name of a time zone: did you mean Europe/Berlin?',
      'quantities.words.viel must be a whole number, or none, which says nothing of the item',
      'kind must be one of snapshot, delta',
      'guards.lost must be a share such as 30%, from 0% to 100%',
      'guards.toZero must be a share such as 30%, from 0% to 100%',
      'guards.lots is not known here; known are lost, toZero, refused, unheard, fewest',
      'expected must be a number with s, m, h or d, from 10s to 366d, such as 26h',
      'coloumns: did you mean columns?',
      'columns.updatedAt is missing: name the column, or set times.of to file, received or envelope',
      'quantities.thousands is the same sign as quantities.decimal',
    ]);
  });
});

describe('what no key alone has wrong', () => {
  it.each([
    [
      'columns: { sku: a, quantity: b }',
      'columns.updatedAt is missing: name the column, or set times.of to file, received or envelope',
    ],
    [
      'times: { of: file }',
      'times.of says where the time is from, and columns.updatedAt as well: leave one out',
    ],
    [
      'columns: { sku: a, quantity: b }\ntimes: { of: envelope }',
      'times.field is missing: which of the envelope?',
    ],
    ['times: { field: BIA04 }', 'times.field is for times.of: envelope'],
    [
      'times: { format: [iso, dd.MM.yyyy] }',
      'times.zone is missing: "dd.MM.yyyy" names none, so no time would be one moment',
    ],
    [
      'columns: { sku: a, quantity: { x: X }, updatedAt: c, location: d }',
      'columns.location is said by the map of columns.quantity already',
    ],
    [
      'columns: { sku: a, quantity: { x: X }, updatedAt: c, id: d }',
      'columns.id names one event, and a row gives one for each location of columns.quantity: leave it out',
    ],
    ['format: xlsx\ndelimiter: ";"', 'delimiter is for csv, and format is xlsx'],
    ['format: csv\nrows: /items', 'rows is for json and xml, and format is csv'],
    [
      'header: 0\ncolumns: { sku: 1, quantity: 2, updatedAt: Stand }',
      'columns.updatedAt must be a number from 1: header is 0, so no column has a name',
    ],
    ['every: 1h', 'every is for a source that is fetched, and source is upload'],
    [
      'kind: snapshot\nguards: { fewest: 0 }',
      'guards.fewest must be 1 or more for a snapshot: an empty one would zero everything',
    ],
    [
      'source: { upload: {}, folder: { path: /in } }',
      'source must name one of upload, sftp, http, s3, folder, and names 2',
    ],
    ['source: {}', 'source must name one of upload, sftp, http, s3, folder, and names 0'],
    ['source: { s3: { bucket: stock, key: AK } }', 'source.s3 must have key and secret together, or neither'],
    [
      'source: { http: { url: "https://me:pw@host/x" } }',
      'source.http.url must not hold user and password: put them into headers, as Authorization',
    ],
    [
      `source: { sftp: { host: h, path: /x, user: u, password: p, passphrase: q, hostKey: "${HOST_KEY}" } }`,
      'source.sftp.passphrase belongs to a key, not to a password',
    ],
  ])('%s', (lines, fault) => {
    expect(faultsOf(withLines(lines))).toEqual([fault]);
  });
});

describe('what YAML would make something else of', () => {
  it.each([
    ['a key twice', `${SMALLEST}kind: delta\nkind: snapshot`, /^kind stands twice/],
    [
      'a key twice in JSON',
      '{"feed": "a", "columns": {"sku": "a", "sku": "b"}}',
      /^columns\.sku stands twice/,
    ],
    ['an anchor', withLines('expected: &x 26h'), /^expected has an anchor/],
    ['an alias', withLines('expected: &x 26h\nkind: *x'), /kind is an alias/],
    ['a merge', withLines('times: { <<: { zone: UTC } }'), /^times\.<< is not known here/m],
    ['a tag', withLines('sheet: !!js/function x'), /^(The document|sheet) /],
    ['two documents', `${SMALLEST}---\nfeed: b`, /^The document is not YAML/],
    [
      'a sign without quotes',
      withLines('quantities: { decimal: , }'),
      /^quantities\.decimal is empty.*needs quotes/,
    ],
    ['a pipe without quotes', withLines('delimiter: |'), /^delimiter must be one character/],
    ['a number for text', withLines('sheet: 2026'), /^sheet is a number to YAML: put it in quotes/],
    ['a boolean for text', withLines('sheet: true'), /^sheet is a boolean to YAML: put it in quotes/],
    ['nothing', '', /^The document must be a map|^The document is empty/],
    ['text', 'hello', /^The document must be a map/],
    ['a list', '- a', /^The document must be a map/],
    [
      'a key that changes prototypes',
      withLines('times: { __proto__: { zone: UTC } }'),
      /^times has a key that is no plain text/,
    ],
    ['a list for a key', withLines('? [a, b]\n: c'), /^The document/],
    ['too long', `${SMALLEST}# ${'x'.repeat(65_536)}`, /^The document is longer than 64 KiB/],
    ['deep nesting', `times: ${'['.repeat(20_000)}`, /^The document|nests too deeply/],
  ])('is refused: %s', (_, text, fault) => {
    expect(faultsOf(text).join('\n')).toMatch(fault);
  });

  it('is told in no more than the place where aliases would multiply', () => {
    const lines = Array.from({ length: 9 }, (_, index) => {
      const before = index === 0 ? 'lol' : `*a${index - 1}`;
      return `w${index}: &a${index} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
    });
    const began = performance.now();
    expect(faultsOf(lines.join('\n'))[0]).toMatch(/has an anchor/);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('stays what it is as a word: no, NO, on, 1.50 and 007', () => {
    const text = withLines(
      'quantities: { words: { no: 0, NO: 0, on: 5, 1.50: 2, 007: 7, true: 1, null: none, ~: 3 } }',
    );
    expect(definitionOf(text).quantities.words).toEqual({
      no: 0,
      NO: 0,
      on: 5,
      '1.50': 2,
      '007': 7,
      true: 1,
      null: 'none',
      '~': 3,
    });
  });
});

describe('formats of times', () => {
  it.each([
    'iso',
    'rfc2822',
    'epoch',
    'epochMillis',
    'dd.MM.yyyy HH:mm',
    'd/M/yy h:mm a',
    "yyyy-MM-dd'T'HH:mm:ss.u",
    'yyyyMMdd',
    'yyyyMMddHHmmss',
    'EEE, dd MMM yyyy HH:mm:ss ZZZ',
    'yyyy-ooo HH:mm z',
    "kkkk-'W'WW-E",
  ])('are taken: %s', (format) => {
    expect(faultsOf(withLines(`times: { format: "${format}", zone: UTC }`))).toEqual([]);
  });

  it.each([
    ['YYYY-MM-DD', 'has YYYY: did you mean yyyy?'],
    ['yyyy-MM-ddTHH:mm', "has T: did you mean 'T', in quotes?"],
    ['dd.mm.yyyy', 'must have a year, a month and a day (MM is the month, mm the minute)'],
    ['dd.mm.yyyy HH:mm', 'has the minute twice (MM is the month, mm the minute)'],
    ['dd.MM.yyyy hh:mm', 'must have h and a together, or H alone'],
    ['dd.MM.yyyy HH:mm a', 'must have h and a together, or H alone'],
    ['HH:mm', 'must have a year, a month and a day'],
    ['yyyy-MM-dd mm', 'has a minute and no hour'],
    ['yyyy-MM-dd HH:ss', 'has a second and no minute'],
    ['yyyy-MM-dd HH:mm.u', 'has decimals of a second and no second'],
    ['yyyy-MM-dd HH:mm:ss.SSSSSS', 'has SSSSSS: did you mean u?'],
    ['%d.%m.%Y', 'is written for strftime; here it is written as dd.MM.yyyy HH:mm:ss'],
    ["yyyy-MM-dd'T", 'has a quote that is not closed'],
    ['yyyy-MM-dd um HH:mm', 'has the minute twice'],
    ['yyyy-MM-dd ooo', 'has the day in more than one way'],
    [
      'yyyy-MM-dd ZZZZZ',
      'has ZZZZZ, which reads nothing; letters that stand for themselves go in single quotes',
    ],
    ['epochmillis', 'must be a format: did you mean epochMillis?'],
    ['ISO', 'must be a format: did you mean iso?'],
  ])('are refused: %s', (format, fault) => {
    const [said = ''] = faultsOf(withLines(`times: { format: "${format}", zone: UTC }`));
    expect(said).toContain(`times.format[1] ${fault}`);
  });
});

describe('lines of a crontab', () => {
  it.each(['0 6 * * 1-5', '*/15 * * * *', '0,30 8-18/2 1 jan-mar SUN', '5 4 * * 7'])(
    'are taken: %s',
    (cron) => {
      const text = withLines(`source: { folder: { path: /in } }\nevery: { cron: '${cron}', zone: UTC }`);
      expect(faultsOf(text)).toEqual([]);
    },
  );

  it.each([
    [
      '0 6 * *',
      'every.cron must have five fields (minute, hour, day, month, weekday), such as 0 6 * * 1-5, and has 4',
    ],
    ['60 6 * * *', 'every.cron has "60" as minute, which goes from 0 to 59'],
    ['0 6 * * mun', 'every.cron has "mun" as day of the week, which goes from 0 to 7'],
    ['0 18-6 * * *', 'every.cron has "18-6" as hour, which goes from 0 to 23'],
    ['*/0 6 * * *', 'every.cron has "*/0" as minute, which goes from 0 to 59'],
  ])('are refused: %s', (cron, fault) => {
    const text = withLines(`source: { folder: { path: /in } }\nevery: { cron: '${cron}', zone: UTC }`);
    expect(faultsOf(text)).toEqual([fault]);
  });
});

describe('secrets in a document', () => {
  const secretsOf = (lines: string): string[] => {
    const read = readDefinition(withLines(lines));
    if (!read.ok) throw new Error(read.faults.map(faultInWords).join('\n'));
    return read.secrets.map((path) => path.join('.'));
  };

  it('are named by their places', () => {
    expect(secretsOf('kind: delta')).toEqual([]);
    expect(
      secretsOf(`source: { sftp: { host: h, path: /x, user: u, password: p, hostKey: "${HOST_KEY}" } }`),
    ).toEqual(['source.sftp.password']);
    expect(
      secretsOf(
        `source: { sftp: { host: h, path: /x, user: u, key: ${JSON.stringify(KEY)}, passphrase: p, hostKey: "${HOST_KEY}" } }`,
      ),
    ).toEqual(['source.sftp.key', 'source.sftp.passphrase']);
    expect(
      secretsOf('source: { http: { url: https://h/x, headers: { Authorization: Bearer x, X-Y: z } } }'),
    ).toEqual(['source.http.headers.Authorization', 'source.http.headers.X-Y']);
    expect(secretsOf('source: { http: { url: "https://h/x?sig=1" } }')).toEqual(['source.http.url']);
    expect(secretsOf('source: { s3: { bucket: stock, key: AK, secret: s } }')).toEqual(['source.s3.secret']);
  });

  it('are quoted by no fault', () => {
    const faults = faultsOf(`
feed: a
source:
  sftp: { host: h, path: /x, user: u, password: [hidden1], key: hidden2, passphrase: "hidden3\\nx", hostKey: hidden4 }
  http: { url: "ftp://hidden5", headers: { Authorization: { hidden6: 1 }, "bad name": hidden7 } }
  s3: { bucket: b, secret: 7 }
`).join('\n');
    expect(faults).toContain('source.sftp.password');
    expect(faults).toContain('source.http.headers');
    expect(faults).not.toMatch(/hidden[1-57]/);
    expect(faultsOf(`feed: a\npassword: "hidden8`).join('\n')).not.toContain('hidden8');
  });

  it('have their places in the schema', () => {
    expect(SECRET_PLACES.map((place) => place.join('.'))).toEqual([
      'source.sftp.key',
      'source.sftp.passphrase',
      'source.sftp.password',
      'source.http.headers.*',
      'source.s3.secret',
    ]);
  });
});
