import type { PublicSigningKey } from '@gatehouse/contracts';
import { ApiFailures, Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { jwksOf, namesTag } from './jwks.js';
import { KeyBundlePublisher } from '../bundle/key-bundle-publisher.js';
import { NoKeysYet, NoKeyBundle } from '../keys.errors.js';
import { KeyRing } from '../signing/key-ring.js';
import { KeySettings } from '../rotation/key-settings.js';
import { IssuerFacts } from './issuer-facts.js';

/** Seconds a client may keep keys: a key is published for at least twice as long before anything is signed with it. */
const MAX_AGE_SECONDS = 60;

/** Keys and metadata of the issuer, in the forms that standards fix. */
@Public()
@Unwrapped()
@ApiTags('Keys')
@Controller()
export class KeysController {
  private readonly cacheable: string;

  constructor(
    private readonly ring: KeyRing,
    private readonly publisher: KeyBundlePublisher,
    private readonly issuer: IssuerFacts,
    settings: KeySettings,
  ) {
    const maxAgeSeconds = Math.min(MAX_AGE_SECONDS, Math.floor(settings.publishAheadMs / 2_000));
    this.cacheable = `public, max-age=${maxAgeSeconds}, stale-if-error=86400`;
  }

  @Get(['.well-known/jwks.json', 'api/v1/auth/jwks'])
  @ApiOperation({ summary: 'Public keys of the access tokens (RFC 7517)', security: [] })
  @ApiResponse({ status: 200, description: 'Keys to accept, not-yet-used ones included' })
  @ApiResponse({ status: 304, description: 'Nothing has changed since the `ETag` of `If-None-Match`' })
  @ApiFailures('RATE_LIMITED', 'NOT_READY')
  jwks(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): { readonly keys: readonly PublicSigningKey[] } | undefined {
    if (this.ring.isEmpty && this.issuer.publishesKeys) throw new NoKeysYet();
    const { body, etag } = jwksOf(this.ring.published());
    // Not by decorator: a failure would go out under the type, too.
    void reply.headers({ etag, 'cache-control': this.cacheable, 'content-type': 'application/jwk-set+json' });
    if (!namesTag(known, etag)) return body;
    void reply.status(304);
    return undefined;
  }

  @Get('.well-known/key-bundle.jws')
  @ApiOperation({ summary: 'All a validator needs, signed by the root key', security: [] })
  @ApiResponse({ status: 200, description: 'Compact JWS (RFC 7515) with `typ: gatehouse-keys+jwt`' })
  @ApiFailures('NOT_FOUND', 'RATE_LIMITED', 'NOT_READY')
  keyBundle(@Res({ passthrough: true }) reply: FastifyReply): string {
    if (!this.issuer.publishesKeys) throw new NoKeyBundle();
    const bundle = this.publisher.current();
    if (!bundle) throw new NoKeysYet();
    void reply.headers({ 'cache-control': this.cacheable, 'content-type': 'application/jose' });
    return bundle.text;
  }

  @Get(['.well-known/openid-configuration', '.well-known/oauth-authorization-server'])
  @ApiOperation({ summary: 'What the issuer is and has (RFC 8414)', security: [] })
  @ApiResponse({ status: 200, description: 'Metadata; only what is true is said' })
  @ApiFailures('RATE_LIMITED')
  metadata(@Res({ passthrough: true }) reply: FastifyReply): Record<string, unknown> {
    void reply.header('cache-control', this.cacheable);
    return this.issuer.metadata();
  }
}
