const Fastify = require('fastify');

const app = Fastify();

app.get('/', async () => ({ message: 'Hello World!' }));

app.listen({ port: Number(process.env.PORT ?? 3000) });
