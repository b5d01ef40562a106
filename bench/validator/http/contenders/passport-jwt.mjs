import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { Redis } from 'ioredis';
import { createSecretKey } from 'node:crypto';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { nestApp } from '../nest-app.mjs';

/**
 * HS256 as tutorials write it: the secret a string. `tuned` gives the library the key ready made, which spares it reading
 * it again for each token. With `redis` each request looks into a blacklist.
 */
export async function start({ secret, redisUrl, issuer, audience }, variant) {
  const redis = variant.includes('redis') ? new Redis(redisUrl) : undefined;
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKey: variant.includes('tuned') ? createSecretKey(Buffer.from(secret)) : secret,
        algorithms: ['HS256'],
        issuer,
        audience,
      });
    }

    async validate({ sub, jti }) {
      if (redis && (await redis.get(`blacklist:${jti}`))) return null;
      return { id: sub };
    }
  }
  return nestApp({ providers: [JwtStrategy], guard: { useClass: AuthGuard('jwt') } });
}
