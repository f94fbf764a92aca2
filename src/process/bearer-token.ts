/** The token of an `Authorization` header, as RFC 6750, section 2.1 has it; undefined if it is none. */
export function bearerTokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1];
}
