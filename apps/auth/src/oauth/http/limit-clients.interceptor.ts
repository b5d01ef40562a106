import { SERVICE_ACCOUNT_ID_PATTERN } from '@gatehouse/contracts';
import { Clock } from '@gatehouse/kernel';
import { addressNetwork } from '@gatehouse/nest-kit';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, mergeMap, type Observable } from 'rxjs';
import { ClientAttempts } from '../../limits/client-attempts.js';
import { tellReadings } from '../../limits/http/limit-readings.js';
import { LimitWatch } from '../../limits/limit-watch.js';
import { statedClientId } from '../clients/client-assertion.js';
import { InvalidClient } from '../oauth.errors.js';
import { FormBody } from './form-body.js';
import { type PresentedClient, presentedClient } from './presented-client.js';

/** Counts what is asked in the name of a client before anything is looked up, and puts off guesses at its secret. */
@Injectable()
export class LimitClientsInterceptor implements NestInterceptor {
  constructor(
    @Inject(ClientAttempts) private readonly attempts: ClientAttempts,
    @Inject(LimitWatch) private readonly watch: LimitWatch,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const presented = clientOf(request);
    const clientId = presented && idOf(presented);
    const network = addressNetwork(request.ip);
    const secret = presented && 'secret' in presented ? presented.secret : undefined;
    const admitted = await this.attempts.admit({ clientId, network, secret });
    if (!admitted) return next.handle();
    const { verdict, settle } = admitted;
    tellReadings(request, reply, verdict.readings, this.clock.nowMs());
    if (!verdict.admitted) {
      throw this.watch.refuse('limit.exceeded', verdict, {
        caller: JSON.stringify([network, clientId]),
        ...(clientId === undefined ? {} : { clientId }),
        ipAddress: request.ip,
        requestId: request.id,
      });
    }
    // Before the answer goes out: whoever reads it may ask again at once.
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await settle('proven');
        return answer;
      }),
      catchError(async (error: unknown) => {
        await settle(error instanceof InvalidClient ? 'wrong' : 'neither');
        throw error;
      }),
    );
  }
}

/** `undefined` where it cannot be read; the route then says why. */
function clientOf(request: FastifyRequest): PresentedClient | undefined {
  if (!(request.body instanceof FormBody)) return undefined;
  try {
    return presentedClient(request, request.body);
  } catch {
    return undefined;
  }
}

/** What can be no id of a service account counts as one: names made up at random would each have a limit of their own. */
function idOf(presented: PresentedClient): string | undefined {
  const named = presented.method === 'private_key_jwt' ? statedClientId(presented.assertion) : presented.clientId;
  return named !== undefined && SERVICE_ACCOUNT_ID_PATTERN.test(named) ? named : undefined;
}
