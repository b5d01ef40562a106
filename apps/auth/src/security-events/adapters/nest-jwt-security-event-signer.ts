import type { Clock } from '@gatehouse/kernel';
import { JwtService } from '@nestjs/jwt';
import type { CurrentKey } from '../../tokens/adapters/nest-jwt-token-signer.js';
import type { SecurityEvent } from '../security-event.js';
import { claimsOf, SECURITY_EVENT_TOKEN_TYPE } from '../security-event-claims.js';
import { SecurityEventSigner } from '../security-event-signer.port.js';

/** Signs with @nestjs/jwt, and with the key that signs access tokens. */
export class NestJwtSecurityEventSigner extends SecurityEventSigner {
  /**
   * @param currentKey - asked for each token, so that a rotation takes effect at once
   * @param issuer - `iss`
   */
  constructor(
    private readonly currentKey: () => CurrentKey,
    private readonly issuer: string,
    private readonly clock: Clock,
    private readonly jwt: JwtService = new JwtService(),
  ) {
    super();
  }

  override async sign(event: SecurityEvent, audience: string): Promise<string> {
    const { kid, algorithm, key } = this.currentKey();
    const claims = claimsOf(event, { issuer: this.issuer, audience, issuedAt: this.clock.nowSeconds() });
    const header = { alg: algorithm, typ: SECURITY_EVENT_TOKEN_TYPE, kid };
    return this.jwt.signAsync(claims, { algorithm, header, privateKey: key });
  }
}
