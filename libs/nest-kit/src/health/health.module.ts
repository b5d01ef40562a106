import type { FailureEnvelope } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import { Metrics } from '@gatehouse/observability';
import { Controller, Get, Header, Inject, Module, Res, type DynamicModule } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Drain } from '../http/drain.js';
import { Unwrapped } from '../http/envelope.interceptor.js';
import { FailureDto } from '../openapi/failure.dto.js';
import { ReadinessProbe } from './readiness.port.js';

export interface HealthOptions {
  readonly version: string;
  /** The access guard's mark for routes without a token. */
  readonly Public: () => ClassDecorator & MethodDecorator;
  /** Serve `/metrics` on the main port. @default true */
  readonly metricsOnMainPort?: boolean;
}

/** `/health`, `/ready` and `/metrics`. Needs `ReadinessProbe`, `Metrics` and `Drain` from a global module. */
@Module({})
export class HealthModule {
  static register({ version, Public, metricsOnMainPort = true }: HealthOptions): DynamicModule {
    @Public()
    @Unwrapped()
    @ApiTags('Operation')
    @Controller()
    class HealthController {
      constructor(
        @Inject(ReadinessProbe) private readonly probe: ReadinessProbe,
        @Inject(Drain) private readonly drain: Drain,
      ) {}

      @Get('health')
      @ApiOperation({ summary: 'Whether the process runs', description: 'Touches no dependency.', security: [] })
      @ApiResponse({ status: 200, description: 'It runs' })
      @ApiResponse({
        status: '4XX',
        description: 'Never asked for credentials',
        schema: { $ref: '#/components/schemas/FailureDto' },
      })
      health(): { status: string; uptime: number; version: string } {
        return { status: 'ok', uptime: Math.round(process.uptime()), version };
      }

      @Get('ready')
      @ApiOperation({ summary: 'Whether it can do its work', security: [] })
      @ApiResponse({ status: 200, description: 'Ready, or degraded: something is away and the rest works' })
      @ApiResponse({
        status: '4XX',
        description: 'Never asked for credentials',
        schema: { $ref: '#/components/schemas/FailureDto' },
      })
      @ApiResponse({ status: 503, description: '`NOT_READY`', type: FailureDto })
      async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
        const found = this.drain.started
          ? { status: 'not-ready' as const, checks: { draining: true } }
          : await this.probe.check();
        if (found.status !== 'not-ready') return found;
        const { status, sentence } = PROBLEMS.NOT_READY;
        void reply.status(status).header('retry-after', '1');
        const error = { code: 'NOT_READY', message: sentence, details: found.checks, retry_after: 1 } as const;
        return { success: false, error } satisfies FailureEnvelope;
      }
    }

    @Public()
    @Unwrapped()
    @Controller()
    class MetricsController {
      constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

      @Get('metrics')
      @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      @ApiExcludeEndpoint()
      text(): Promise<string> {
        return this.metrics.text();
      }
    }

    return { module: HealthModule, controllers: [HealthController, ...(metricsOnMainPort ? [MetricsController] : [])] };
  }
}
