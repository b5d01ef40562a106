import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Current,
  Freshness,
  OptionalAuth,
  Public,
  RequireFresh,
  Roles,
  Scopes,
  type Principal,
} from '../../src/nest/index.js';
import type { GatewayAuth } from '../../src/nest-ws/index.js';

const reply = (event: string, principal: Principal | undefined) => ({
  event,
  data: principal?.sessionId ?? null,
});

/** What {@link LiveGateway} was told. */
export const heard: unknown[] = [];

@WebSocketGateway({ path: '/live' })
export class LiveGateway {
  @SubscribeMessage('who') who(@Current() principal: Principal, @MessageBody() body: unknown) {
    heard.push(body);
    return reply('who', principal);
  }
  @SubscribeMessage('admin') @Roles('admin') admin(@Current() principal: Principal) {
    return reply('admin', principal);
  }
  @SubscribeMessage('scoped') @Scopes('live:write') scoped(@Current() principal: Principal) {
    return reply('scoped', principal);
  }
  @SubscribeMessage('recent') @RequireFresh({ maxAgeSeconds: 300 }) recent(@Current() principal: Principal) {
    return reply('recent', principal);
  }
  @SubscribeMessage('closed') @Freshness('closed') closed(@Current() principal: Principal) {
    return reply('closed', principal);
  }
}

@WebSocketGateway<{ path: string; auth: GatewayAuth }>({ path: '/couriers', auth: { roles: ['courier'] } })
export class CourierGateway {
  @SubscribeMessage('who') who(@Current() principal: Principal) {
    return reply('who', principal);
  }
}

@WebSocketGateway<{ path: string; auth: GatewayAuth }>({ path: '/optional', auth: { optional: true } })
export class OptionalGateway {
  @SubscribeMessage('who') @OptionalAuth() who(@Current() principal?: Principal) {
    return reply('who', principal);
  }
  @SubscribeMessage('mine') mine(@Current() principal: Principal) {
    return reply('mine', principal);
  }
}

@WebSocketGateway<{ path: string; auth: GatewayAuth }>({ path: '/public', auth: 'public' })
export class PublicGateway {
  @SubscribeMessage('who') @Public() who(@Current() principal?: Principal) {
    return reply('who', principal);
  }
  @SubscribeMessage('mine') mine(@Current() principal: Principal) {
    return reply('mine', principal);
  }
}
