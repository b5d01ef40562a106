import { Controller, Delete, Get, HttpCode, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { ApiData, ApiFailures } from './decorators.js';
import { openApiDocument } from './docs.js';
import { FailureDto } from './failure.dto.js';

@ApiFailures('TOKEN_MISSING', 'SESSION_NOT_OWNED')
@ApiFailures('FORBIDDEN')
@Controller('notes')
class NotesController {
  @Get()
  @ApiData(FailureDto)
  list(): string[] {
    return [];
  }

  @Delete()
  @HttpCode(200)
  @ApiFailures('CONFLICT', 'FORBIDDEN')
  @ApiFailures('STEP_UP_REQUIRED', 'CONFLICT', 'REQUEST_IN_PROGRESS')
  remove(): string {
    return 'gone';
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

describe('the failures of a route', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(NotesModule, new FastifyAdapter(), { logger: false });
    await app.init();
  });
  afterAll(() => app.close());

  const toldOf = (method: 'get' | 'delete') => {
    const { paths } = openApiDocument(app, { title: 'Notes', description: 'Of a test', version: '1.2.3' });
    const responses = Object.entries(paths['/notes']?.[method]?.responses ?? {});
    return Object.fromEntries(
      responses
        .filter(([status]) => Number(status) >= 400)
        .map(([status, response]) => [
          status,
          [...JSON.stringify(response).matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code).sort(),
        ]),
    );
  };

  it('are those of its class', () => {
    expect(toldOf('get')).toEqual({ 401: ['TOKEN_MISSING'], 403: ['FORBIDDEN', 'SESSION_NOT_OWNED'] });
  });

  it('hide none of its class, and are told once however often they are named', () => {
    expect(toldOf('delete')).toEqual({
      401: ['TOKEN_MISSING'],
      403: ['FORBIDDEN', 'SESSION_NOT_OWNED', 'STEP_UP_REQUIRED'],
      409: ['CONFLICT', 'REQUEST_IN_PROGRESS'],
    });
  });
});
