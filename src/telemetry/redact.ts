const CENSOR = '[Redacted]';

/** A JSON string, so that a quote or a bracket inside a value does not end the value. */
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

/** A list or an object that holds no further list or object. */
const FLAT = String.raw`[[{](?:${STRING}|[^"[\]{}])*[\]}]`;

const NAME = '[\\w.-]*(?:authorization|signature|secret|token|password|passwd|cookie|api[_-]?key)';

const FIELD = new RegExp(String.raw`("${NAME}":)(?:${STRING}|${FLAT}|[-\d.]+)`, 'gi');

/** The same in JSON that sits inside a string, e.g. a body in an error's message. */
const QUOTED_FIELD = new RegExp(String.raw`(\\"${NAME}\\":\s*)\\"[^"\\]*\\"`, 'gi');

const SIGNING_SECRET = /\bwhsec_[A-Za-z0-9+/_-]+=*/g;
const BEARER = /\b(Bearer\s+)[\w.~+/-]{8,}=*/gi;
const WEBHOOK_SIGNATURE = /\bv1a?,[A-Za-z0-9+/]{20,}=*/g;

/** The password of an address such as `postgres://user:password@host`. */
const ADDRESS_PASSWORD = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+(?=@)/gi;

/**
 * Takes the secrets out of one line of log, which is JSON and stays JSON.
 *
 * It works on the finished line because a path such as `req.headers.authorization` misses the same secret one
 * level deeper, in a child's bindings, in the text of an error or in a database address. Fields go by the end of
 * their name, values by their shape.
 */
export function redactLine(line: string): string {
  return line
    .replace(FIELD, `$1"${CENSOR}"`)
    .replace(QUOTED_FIELD, `$1\\"${CENSOR}\\"`)
    .replace(SIGNING_SECRET, CENSOR)
    .replace(BEARER, `$1${CENSOR}`)
    .replace(WEBHOOK_SIGNATURE, CENSOR)
    .replace(ADDRESS_PASSWORD, `$1${CENSOR}`);
}
