import { createSessionValidator } from '@gatehouse/session-validator';
import { requireAuth } from '@gatehouse/session-validator/express';
import express from 'express';

const app = express();
app.use(requireAuth(createSessionValidator()));

app.get('/', (request, response) => {
  response.json({ message: 'Hello World!' });
});

app.listen(Number(process.env.PORT ?? 3000));
