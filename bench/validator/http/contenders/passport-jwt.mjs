import { UnauthorizedException } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { Redis } from 'ioredis';
import { createSecretKey } from 'node:crypto';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { nestApp } from '../nest-app.mjs';

/**
 * HS256 as tutorials write it: the secret a string. `tuned` gives the library the key ready made, which spares it reading
 * it again for each token. With `redis` the strategy takes the token from the request once more and looks for it on a
 * blacklist, again as tutorials have it; `lean` looks for its `jti` only.
 */
export async function start({ secret, redisUrl, issuer, audience }, variant) {
  const asksRedis = variant.includes('redis') || variant.includes('lean');
  const redis = asksRedis ? new Redis(redisUrl) : undefined;
  const tokenOf = ExtractJwt.fromAuthHeaderAsBearerToken();
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: tokenOf,
        secretOrKey: variant.includes('tuned') ? createSecretKey(Buffer.from(secret)) : secret,
        algorithms: ['HS256'],
        issuer,
        audience,
        passReqToCallback: true,
      });
    }

    async validate(request, { sub, jti }) {
      const listed = redis && (await redis.get(`blacklist:${variant.includes('lean') ? jti : tokenOf(request)}`));
      if (listed) throw new UnauthorizedException();
      return { id: sub };
    }
  }
  return nestApp({ providers: [JwtStrategy], guard: { useClass: AuthGuard('jwt') } });
}
