import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { Idempotent } from '../../idempotency/idempotent.decorator.js';
import { KeyListDto, KeyRevokedDto, KeyRotatedDto, RevokeKeyRequest } from './admin-keys.dto.js';
import { KeyAdministration } from '../rotation/key-administration.js';
import { KeyRing } from '../signing/key-ring.js';
import { KeyUnknown } from '../keys.errors.js';
import { toKeyListDto } from './to-key-list.js';

/** RFC 7638 thumbprint: SHA-256 in base64url. */
const KID_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** Signing keys, for administrators. Private halves never leave the database but to sign. */
@AdminOnly('admin:keys')
@Controller('api/v1/admin/keys')
export class AdminKeysController {
  constructor(
    @Inject(KeyAdministration) private readonly keys: KeyAdministration,
    @Inject(KeyRing) private readonly ring: KeyRing,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Signing keys, with their states and dates' })
  @ApiData(KeyListDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async list(): Promise<KeyListDto> {
    return toKeyListDto(await this.keys.list.run());
  }

  @Post('rotate')
  @HttpCode(200)
  @AdminWrites()
  @ApiOperation({
    summary: 'Has the key that waits take over',
    description:
      'The key so far stays published until its last token has expired. 409 with `Retry-After` while the key that waits ' +
      'has not been published for KEY_PUBLISH_AHEAD: some validators may not know it yet.',
  })
  @ApiData(KeyRotatedDto, { description: 'The key that signs from now on' })
  @ApiFailures('CONFLICT', 'SESSION_ERROR', 'DEGRADED_UNAVAILABLE')
  async rotate(@Current() { userId }: Principal, @Caller() caller: CallerFacts): Promise<KeyRotatedDto> {
    const { activeKid, isOurs } = await this.keys.rotate.run({ actorId: userId, ...caller });
    return { active_kid: activeKid, rotated: isOurs };
  }

  @Post(':kid/revoke')
  @HttpCode(200)
  @AdminWrites()
  @Idempotent()
  @ApiParam({ name: 'kid', schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' } })
  @ApiOperation({
    summary: 'Withdraws a key at once, for good',
    description:
      'For a key that may have been stolen. What it signed is refused everywhere within milliseconds, and another key ' +
      'signs. Nobody is signed out: the next refresh gives a token of the new key. Bears repetition.',
  })
  @ApiData(KeyRevokedDto, { description: 'It is withdrawn' })
  @ApiFailures('VALIDATION_ERROR', 'NOT_FOUND', 'CONFLICT', 'DEGRADED_UNAVAILABLE')
  async revoke(
    @Param('kid') kid: string,
    @Body() { reason }: RevokeKeyRequest,
    @Current() { userId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<KeyRevokedDto> {
    const { withdraw } = this.keys;
    if (!KID_PATTERN.test(kid)) throw new KeyUnknown();
    const { revocationId, durableIn } = await withdraw.run({ kid, reason, actor: { actorId: userId, ...caller } });
    return { kid, revocation_id: revocationId, durable_in: durableIn, active_kid: this.ring.active()?.kid ?? null };
  }
}
