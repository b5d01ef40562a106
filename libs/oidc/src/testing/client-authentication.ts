import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { Script } from './provider-options.js';
import type { ProviderAddresses } from './provider-addresses.js';
import type { RecordedRequest } from './recorded-request.js';
import type { TokenMint } from './token-mint.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Checks who calls the token endpoint, by the one method the options name. */
export class ClientCheck {
  private readonly assertionsSeen = new Set<string>();

  constructor(
    private readonly script: Script,
    private readonly addresses: ProviderAddresses,
    private readonly mint: TokenMint,
  ) {}

  /** @returns what is wrong with the client, or undefined. */
  async problem(request: RecordedRequest): Promise<string | undefined> {
    const { clientId, clientSecret, clientAuthentication } = this.script;
    const { form } = request;
    if (clientAuthentication.method === 'client_secret_basic') {
      const expected = `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`;
      return request.headers['authorization'] === expected ? undefined : 'wrong basic credentials';
    }
    if (form.get('client_id') !== clientId) return 'unknown client_id';
    switch (clientAuthentication.method) {
      case 'none':
        return form.has('client_secret') || form.has('client_assertion') ? 'a public client proves nothing' : undefined;
      case 'client_secret_post':
        return form.get('client_secret') === clientSecret ? undefined : 'wrong client_secret';
      case 'private_key_jwt':
        return this.problemOfAssertion(form, clientAuthentication.publicPem);
      case 'federated':
        return this.problemOfFederated(form);
    }
  }

  private async problemOfAssertion(form: URLSearchParams, publicPem: string): Promise<string | undefined> {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) return 'wrong client_assertion_type';
    const { clientId } = this.script;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        form.get('client_assertion') ?? '',
        createPublicKey(publicPem),
        {
          algorithms: ['RS256', 'PS256', 'ES256'],
          issuer: clientId,
          subject: clientId,
          audience: this.audiences(),
          requiredClaims: ['exp', 'jti'],
          currentDate: new Date(this.script.nowMs()),
        },
      );
      if (!hasThumbprint(protectedHeader, publicPem)) return 'the header does not name the certificate';
      if (this.assertionsSeen.has(String(payload.jti))) return 'assertion used before';
      this.assertionsSeen.add(String(payload.jti));
      return undefined;
    } catch (error) {
      return `assertion refused: ${String(error)}`;
    }
  }

  private async problemOfFederated(form: URLSearchParams): Promise<string | undefined> {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) return 'wrong client_assertion_type';
    try {
      await jwtVerify(form.get('client_assertion') ?? '', this.mint.currentPublicKey(), {
        issuer: `${this.addresses.origin}/workload`,
        audience: 'api://AzureADTokenExchange',
        currentDate: new Date(this.script.nowMs()),
      });
      return undefined;
    } catch (error) {
      return `assertion refused: ${String(error)}`;
    }
  }

  private audiences(): string[] {
    const { tenantId } = this.script;
    return ['common', 'organizations', tenantId].flatMap((segment) => [
      this.addresses.advertisedIssuer(segment),
      String(this.addresses.metadata(segment)['token_endpoint']),
    ]);
  }
}

function hasThumbprint(header: Readonly<Record<string, unknown>>, publicPem: string): boolean {
  if (!publicPem.includes('BEGIN CERTIFICATE')) return true;
  const { raw } = new X509Certificate(publicPem);
  const thumbprint = (hash: string) => createHash(hash).update(raw).digest('base64url');
  const claimed = { sha1: header['x5t'], sha256: header['x5t#S256'] };
  if (claimed.sha1 === undefined && claimed.sha256 === undefined) return false;
  return (
    (claimed.sha1 ?? thumbprint('sha1')) === thumbprint('sha1') &&
    (claimed.sha256 ?? thumbprint('sha256')) === thumbprint('sha256')
  );
}
