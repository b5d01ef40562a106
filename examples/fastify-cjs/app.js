const { createSessionValidator } = require('@gatehouse/session-validator');
const { requireAuth } = require('@gatehouse/session-validator/fastify');
const Fastify = require('fastify');

const app = Fastify();
app.addHook('onRequest', requireAuth(createSessionValidator()));

app.get('/', async () => ({ message: 'Hello World!' }));

app.listen({ port: Number(process.env.PORT ?? 3000) });
