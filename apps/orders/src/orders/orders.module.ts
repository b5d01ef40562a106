import { provide } from '@gatehouse/nest-kit';
import { Module } from '@nestjs/common';
import { CancelOrder } from './cancel-order.js';
import { ListOrders } from './list-orders.js';
import { OrderEvents } from './order-events.js';
import { OrderRepository } from './order-repository.port.js';
import { OrdersController } from './orders.controller.js';
import { PlaceOrder } from './place-order.js';
import { ShowOrder } from './show-order.js';

@Module({
  controllers: [OrdersController],
  providers: [
    provide(OrderEvents, []),
    provide(PlaceOrder, [OrderRepository, OrderEvents]),
    provide(ListOrders, [OrderRepository]),
    provide(ShowOrder, [OrderRepository]),
    provide(CancelOrder, [OrderRepository, OrderEvents]),
  ],
})
export class OrdersModule {}
