import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { type Actor, Administrator } from '../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../access/admin.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { ChangeServiceAccount } from './change-service-account.js';
import { CreateServiceAccount } from './create-service-account.js';
import { RemoveServiceAccount } from './remove-service-account.js';
import { RotateClientSecret } from './rotate-client-secret.js';
import {
  ServiceAccountAnswerDto,
  ServiceAccountListDto,
  ServiceAccountRemovedDto,
  toServiceAccountDto,
} from './service-account.dto.js';
import { ServiceAccountRepository } from './service-account-repository.port.js';
import {
  NewClientSecretRequest,
  NewServiceAccountRequest,
  ServiceAccountChangeRequest,
  ServiceAccountQuery,
} from './service-accounts.dto.js';
import { ServiceAccountNotFound } from './service-accounts.errors.js';

const DEFAULT_PAGE = 50;

@AdminOnly('admin:service-accounts')
@ApiFailures('DEGRADED_UNAVAILABLE')
@Controller('api/v1/admin/service-accounts')
export class ServiceAccountsController {
  constructor(
    @Inject(ServiceAccountRepository) private readonly accounts: ServiceAccountRepository,
    @Inject(CreateServiceAccount) private readonly createAccount: CreateServiceAccount,
    @Inject(ChangeServiceAccount) private readonly changeAccount: ChangeServiceAccount,
    @Inject(RemoveServiceAccount) private readonly removeAccount: RemoveServiceAccount,
    @Inject(RotateClientSecret) private readonly secrets: RotateClientSecret,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Services that ask for tokens in their own name' })
  @ApiData(ServiceAccountListDto)
  @ApiFailures('VALIDATION_ERROR')
  async list(@Query() { cursor = '', limit = DEFAULT_PAGE }: ServiceAccountQuery): Promise<ServiceAccountListDto> {
    const page = await this.accounts.page(cursor, limit);
    const last = page.length === limit ? page.at(-1) : undefined;
    return { service_accounts: page.map(toServiceAccountDto), next_cursor: last?.clientId ?? null };
  }

  @Get(':clientId')
  @ApiOperation({ summary: 'One of them' })
  @ApiData(ServiceAccountAnswerDto)
  @ApiFailures('NOT_FOUND')
  async get(@Param('clientId') clientId: string): Promise<ServiceAccountAnswerDto> {
    const account = await this.accounts.find(clientId);
    if (!account) throw new ServiceAccountNotFound();
    return { service_account: toServiceAccountDto(account) };
  }

  @Post()
  @AdminWrites()
  @ApiOperation({
    summary: 'Lets another service in',
    description: 'The answer is the only one that holds its secret.',
  })
  @ApiData(ServiceAccountAnswerDto, { status: 201, description: 'Made' })
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS')
  async create(
    @Body() { name, roles = [], scopes = [], audiences = [], jwks }: NewServiceAccountRequest,
    @Administrator() actor: Actor,
  ): Promise<ServiceAccountAnswerDto> {
    const command = { name, roles, scopes, audiences, keys: jwks?.keys ?? [] };
    const { account, secret } = await this.createAccount.run(command, actor);
    return {
      service_account: toServiceAccountDto(account),
      ...(secret === undefined ? {} : { client_secret: secret }),
    };
  }

  @Patch(':clientId')
  @AdminWrites()
  @ApiOperation({
    summary: 'Changes one',
    description: 'Other roles, scopes or audiences, and `disabled: true`, end the tokens it holds in every service.',
  })
  @ApiData(ServiceAccountAnswerDto)
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS', 'NOT_FOUND', 'CONFLICT')
  async change(
    @Param('clientId') clientId: string,
    @Body() { name, roles, scopes, audiences, jwks, disabled, end_tokens: endTokens }: ServiceAccountChangeRequest,
    @Administrator() actor: Actor,
  ): Promise<ServiceAccountAnswerDto> {
    const change = { name, roles, scopes, audiences, keys: jwks?.keys, disabled, endTokens };
    const { account, revocationId } = await this.changeAccount.run(clientId, change, actor);
    return {
      service_account: toServiceAccountDto(account),
      ...(revocationId === undefined ? {} : { revocation_id: revocationId }),
    };
  }

  @Delete(':clientId')
  @AdminWrites()
  @Idempotent()
  @ApiOperation({ summary: 'Removes one', description: 'The tokens it holds end in every service.' })
  @ApiData(ServiceAccountRemovedDto)
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS', 'NOT_FOUND', 'CONFLICT')
  async remove(@Param('clientId') clientId: string, @Administrator() actor: Actor): Promise<ServiceAccountRemovedDto> {
    const revocationId = await this.removeAccount.run(clientId, actor);
    return { removed: true, client_id: clientId, revocation_id: revocationId };
  }

  @Post(':clientId/secrets')
  @AdminWrites()
  @ApiBody({ type: NewClientSecretRequest, required: false })
  @ApiOperation({
    summary: 'Another secret, beside the one in use',
    description: 'There are two at the most. The answer is the only one that holds the new one.',
  })
  @ApiData(ServiceAccountAnswerDto, { status: 201, description: 'Made' })
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS', 'NOT_FOUND', 'CONFLICT')
  async addSecret(
    @Param('clientId') clientId: string,
    @Body() body: NewClientSecretRequest,
    @Administrator() actor: Actor,
  ): Promise<ServiceAccountAnswerDto> {
    const { account, text } = await this.secrets.add(clientId, body?.previous_expires_in, actor);
    return { service_account: toServiceAccountDto(account), client_secret: text };
  }

  @Delete(':clientId/secrets/:secretId')
  @AdminWrites()
  @Idempotent()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Takes a secret away',
    description: 'Tokens that were got with it live on; `end_tokens` of the account ends them.',
  })
  @ApiData(ServiceAccountAnswerDto)
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS', 'NOT_FOUND', 'CONFLICT')
  async removeSecret(
    @Param('clientId') clientId: string,
    @Param('secretId') secretId: string,
    @Administrator() actor: Actor,
  ): Promise<ServiceAccountAnswerDto> {
    const account = await this.secrets.remove(clientId, secretId, actor);
    return { service_account: toServiceAccountDto(account) };
  }
}
