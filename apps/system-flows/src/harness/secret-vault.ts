/** Every secret a test run has seen, to look for them where none may be. */
export class SecretVault {
  private readonly secrets = new Map<string, string>();

  /** @param kind - told in place of the secret when it is found. */
  add(kind: string, secret: string): void {
    this.secrets.set(secret, kind);
    // Half a token is as good as a whole one to whoever guesses the rest: a signature, the secret half of a refresh token.
    const tail = secret.slice(secret.lastIndexOf('.') + 1);
    if (tail.length >= 32) this.secrets.set(tail, `part of ${kind}`);
  }

  get size(): number {
    return this.secrets.size;
  }

  /** What was found where, without the secret. */
  findIn(text: string): string[] {
    const found = new Set<string>();
    for (const [secret, kind] of this.secrets) {
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
        if (text.includes(form)) found.add(kind);
      }
    }
    // A token this vault never saw is one all the same.
    if (/eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./.test(text)) found.add('a JSON Web Token');
    if (text.includes('PRIVATE KEY')) found.add('a private key');
    if (/\$argon2/.test(text)) found.add('a password hash');
    return [...found];
  }
}
