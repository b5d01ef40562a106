import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath, type ApiResponseOptions } from '@nestjs/swagger';
import { PROBLEM_JSON } from '../errors/problem-details.js';
import { FailureDto, ProblemDetailsDto } from './failure.dto.js';

export interface ApiDataOptions {
  /** @default 200 */
  readonly status?: number;
  readonly description?: string;
  readonly headers?: ApiResponseOptions['headers'];
}

/** Documents a success: the DTO inside the envelope, or any of several. */
export function ApiData(
  dto: Type | readonly Type[],
  { status = 200, description = 'Done', headers }: ApiDataOptions = {},
) {
  const dtos = typeof dto === 'function' ? [dto] : dto;
  const refTo = (one: Type) => ({ $ref: getSchemaPath(one) });
  const data = typeof dto === 'function' ? refTo(dto) : { anyOf: dto.map(refTo) };
  return applyDecorators(
    ApiExtraModels(...dtos),
    ApiResponse({
      status,
      description,
      ...(headers ? { headers } : {}),
      schema: {
        type: 'object',
        required: ['success', 'data'],
        properties: { success: { type: 'boolean', enum: [true] }, data },
      },
    }),
  );
}

const FAILURES = 'openapi:failures';

/**
 * Documents failures by their codes, one response per status. It may stand several times, each code is told once; on a class it holds for
 * every route of it, also for those that name failures of the same status, which hide the ones of the class from Nest.
 */
export function ApiFailures(...codes: readonly [ErrorCode, ...ErrorCode[]]) {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
    tellOf(codes, target, name, descriptor);
    if (descriptor) return;
    const { prototype } = target as { prototype: object };
    for (const [route, of] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (route !== 'constructor' && toldOf(of.value).length > 0) tellOf(codes, prototype, route, of);
    }
  };
}

const toldOf = (bearer: unknown) =>
  typeof bearer === 'function' ? ((Reflect.getMetadata(FAILURES, bearer) ?? []) as readonly ErrorCode[]) : [];

function tellOf(
  codes: readonly ErrorCode[],
  target: object,
  name: string | symbol | undefined,
  descriptor: PropertyDescriptor | undefined,
) {
  const bearer = (descriptor?.value ?? target) as object;
  const told = toldOf(bearer);
  const untold = codes.filter((code) => !told.includes(code));
  Reflect.defineMetadata(FAILURES, [...told, ...untold], bearer);
  applyDecorators(ApiExtraModels(FailureDto, ProblemDetailsDto), ...responsesOf(untold))(target, name, descriptor);
}

function responsesOf(codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus].map(([status, same]) =>
    ApiResponse({
      status,
      description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].sentence}`).join('\n\n'),
      content: {
        'application/json': { schema: { $ref: getSchemaPath(FailureDto) } },
        [PROBLEM_JSON]: { schema: { $ref: getSchemaPath(ProblemDetailsDto) } },
      },
    }),
  );
}
