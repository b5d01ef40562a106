import { createSessionValidator } from '@gatehouse/session-validator';
import { requireAuth } from '@gatehouse/session-validator/fastify';
import Fastify from 'fastify';

const app = Fastify();
app.addHook('onRequest', requireAuth(createSessionValidator()));

app.get('/', async () => ({ message: 'Hello World!' }));

await app.listen({ port: Number(process.env.PORT ?? 3000) });
