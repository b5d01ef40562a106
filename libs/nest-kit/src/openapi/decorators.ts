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

/** Documents failures by their codes, one response per status. */
export function ApiFailures(...codes: readonly [ErrorCode, ...ErrorCode[]]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses = [...byStatus].map(([status, same]) =>
    ApiResponse({
      status,
      description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].sentence}`).join('\n\n'),
      content: {
        'application/json': { schema: { $ref: getSchemaPath(FailureDto) } },
        [PROBLEM_JSON]: { schema: { $ref: getSchemaPath(ProblemDetailsDto) } },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(FailureDto, ProblemDetailsDto), ...responses);
}
