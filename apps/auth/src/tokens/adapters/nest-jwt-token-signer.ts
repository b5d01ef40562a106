import type { KeyObject } from 'node:crypto';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, type SigningAlgorithm } from '@gatehouse/contracts';
import { JwtService } from '@nestjs/jwt';
import { TokenSigner } from '../token-signer.port.js';

/** The key to sign the next token with. */
export interface CurrentKey {
  readonly kid: string;
  readonly algorithm: Extract<SigningAlgorithm, 'ES256' | 'HS256'>;
  readonly key: KeyObject;
}

/** Signs with @nestjs/jwt. Keys are `KeyObject`s throughout: a PEM string could be taken for an HMAC secret. */
export class NestJwtTokenSigner extends TokenSigner {
  /** @param currentKey - asked for each token, so that a rotation takes effect at once. */
  constructor(
    private readonly jwt: JwtService,
    private readonly currentKey: () => CurrentKey,
  ) {
    super();
  }

  override sign(claims: AccessTokenClaims): Promise<string> {
    const { kid, algorithm, key } = this.currentKey();
    const header = { alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid };
    return this.jwt.signAsync({ ...claims }, { algorithm, header, privateKey: key });
  }
}
