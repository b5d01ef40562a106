import Fastify from 'fastify';

const app = Fastify();

app.get('/', async () => ({ message: 'Hello World!' }));

await app.listen({ port: Number(process.env.PORT ?? 3000) });
