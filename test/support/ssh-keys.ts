import ssh2 from 'ssh2';

const { generateKeyPairSync, parseKey } = ssh2.utils;

export interface SshKey {
  private: string;
  public: string;
  /** As a server shows it. */
  blob: Buffer;
}

/** A fresh key. The library writes one of some hundred of its Ed25519 keys so that it cannot read it. */
export function newSshKey(kind: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519'): SshKey {
  for (;;) {
    const pair =
      kind === 'ed25519'
        ? generateKeyPairSync(kind)
        : generateKeyPairSync(kind, { bits: kind === 'rsa' ? 2_048 : 256 });
    const parsed = parseKey(pair.private);
    const [key] = parsed instanceof Error ? [] : [parsed].flat();
    if (key) return { ...pair, blob: key.getPublicSSH() };
  }
}
