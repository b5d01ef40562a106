import { ApiData, ApiFailures, Drain, Unwrapped } from '@gatehouse/nest-kit';
import { SessionValidator } from '@gatehouse/session-validator';
import { closeOnRevoked, Current, Freshness, type Principal, RequireFresh } from '@gatehouse/session-validator/nest';
import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CancelOrder } from './cancel-order.js';
import { ListOrders } from './list-orders.js';
import { OrderEvents } from './order-events.js';
import { sessionEnded, streamOrders } from './order-stream.js';
import { ListOrdersQuery, OrderDto, OrderListDto, PlaceOrderRequest, toOrderDto } from './orders.dto.js';
import { PlaceOrder } from './place-order.js';
import { ShowOrder } from './show-order.js';

/** How recently one must have signed in to cancel, in seconds. */
const CANCEL_MAX_AGE_SECONDS = 300;

@ApiTags('Orders')
@ApiBearerAuth()
@ApiFailures('TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_REVOKED', 'TOKEN_STALE', 'FEED_STALE')
@Controller('api/orders')
export class OrdersController {
  constructor(
    @Inject(PlaceOrder) private readonly placeOrder: PlaceOrder,
    @Inject(ListOrders) private readonly listOrders: ListOrders,
    @Inject(ShowOrder) private readonly showOrder: ShowOrder,
    @Inject(CancelOrder) private readonly cancelOrder: CancelOrder,
    @Inject(OrderEvents) private readonly events: OrderEvents,
    @Inject(SessionValidator) private readonly validator: SessionValidator,
    @Inject(Drain) private readonly drain: Drain,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your orders, newest first' })
  @ApiData(OrderListDto)
  @ApiFailures('VALIDATION_ERROR', 'DEGRADED_UNAVAILABLE')
  async list(@Current() { userId }: Principal, @Query() query: ListOrdersQuery): Promise<OrderListDto> {
    const { orders, nextCursor } = await this.listOrders.run(userId, query);
    return { orders: orders.map(toOrderDto), next_cursor: nextCursor };
  }

  @Post()
  @ApiOperation({ summary: 'Place an order' })
  @ApiData(OrderDto, { status: 201 })
  @ApiFailures('VALIDATION_ERROR', 'DEGRADED_UNAVAILABLE')
  async place(@Current() { userId }: Principal, @Body() body: PlaceOrderRequest): Promise<OrderDto> {
    return toOrderDto(await this.placeOrder.run({ userId, ...body }));
  }

  @Unwrapped()
  @Get('stream')
  @ApiOperation({
    summary: 'Your orders as they change',
    description: 'Server-sent events: `order` for each change, `session-ended` when your session ends, then the end.',
  })
  @ApiProduces('text/event-stream')
  @ApiResponse({ status: 200, description: 'The stream' })
  @ApiFailures('VALIDATION_ERROR', 'OVERLOADED')
  stream(@Current() principal: Principal, @Res() reply: FastifyReply): void {
    const headers = reply.getHeaders() as Record<string, string>;
    streamOrders(this.events, principal.userId, reply.raw, headers, this.drain.signal);
    reply.hijack();
    closeOnRevoked(this.validator, principal, reply.raw, { farewell: sessionEnded });
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of your orders' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiData(OrderDto)
  @ApiFailures('VALIDATION_ERROR', 'ORDER_NOT_FOUND', 'DEGRADED_UNAVAILABLE')
  async show(@Current() { userId }: Principal, @Param('id') id: string): Promise<OrderDto> {
    return toOrderDto(await this.showOrder.run(userId, id));
  }

  @Delete(':id')
  @RequireFresh({ maxAgeSeconds: CANCEL_MAX_AGE_SECONDS })
  @Freshness('closed')
  @ApiOperation({
    summary: 'Cancel one of your orders',
    description: 'Needs a recent sign-in, and refuses while it cannot be sure that your session still stands.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiData(OrderDto)
  @ApiFailures('VALIDATION_ERROR', 'STEP_UP_REQUIRED', 'ORDER_NOT_FOUND', 'DEGRADED_UNAVAILABLE')
  async cancel(@Current() { userId }: Principal, @Param('id') id: string): Promise<OrderDto> {
    return toOrderDto(await this.cancelOrder.run(userId, id));
  }
}
