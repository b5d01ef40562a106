// The orders service's own `/api/protected`, with everything around it but the guard: what the same route costs without
// authentication. The controller is the built one; `@Current()` gives nobody, so a fixed principal stands in.
import 'reflect-metadata';
import { createHttpApp, Drain } from '../../../libs/nest-kit/dist/index.js';
import { createLogger, Metrics } from '../../../libs/observability/dist/index.js';
import { GreetingController } from '../../../apps/orders/dist/greeting/greeting.controller.js';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../apps/orders/package.json', import.meta.url));
const { Module } = require('@nestjs/common');

class AppModule {}
Module({ controllers: [GreetingController] })(AppModule);

const logger = createLogger({ service: 'orders-without-auth', level: 'warn' });
const app = await createHttpApp(AppModule, { logger, metrics: new Metrics('orders'), drain: new Drain() });
const principal = { userId: 1 };
app
  .getHttpAdapter()
  .getInstance()
  .addHook('onRequest', async (request) => {
    request.principal = principal;
  });
await app.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
