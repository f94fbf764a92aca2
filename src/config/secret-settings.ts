/** The settings that are secrets, or hold one. */
export const SECRET_SETTINGS = [
  'METRICS_TOKEN',
  'DATABASE_URL',
  'STOREFRONT_SECRET',
  'STOREFRONT_SECRET_BEFORE',
  'SECRETS_KEYS',
  'SECRETS_KEY',
  'OIDC_CLIENT_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const;

/** Temporal's own, for whoever connects to it. */
export const SECRETS_OF_TEMPORAL = [
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
] as const;

export type SecretVariable = (typeof SECRET_SETTINGS)[number] | (typeof SECRETS_OF_TEMPORAL)[number];

/**
 * The environment for a program that is started: without the secrets that it does not need, and without the names of files
 * that hold them.
 */
export function withoutSecrets(
  environment: NodeJS.ProcessEnv,
  needed: readonly SecretVariable[] = [],
): NodeJS.ProcessEnv {
  const secret = [...SECRET_SETTINGS, ...SECRETS_OF_TEMPORAL].filter((name) => !needed.includes(name));
  const left = new Set(secret.flatMap((name) => [name, `${name}_FILE`]));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !left.has(name)));
}
