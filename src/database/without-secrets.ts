/**
 * What to leave out of a tenant (`omit`) that is read or written as a role that may not see what signs for its
 * storefront: the server's for reading, or for one tenant; whoever prunes.
 */
export const WITHOUT_SECRETS = { storefrontSecret: true, storefrontSecretBefore: true } as const;
