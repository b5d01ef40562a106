const { createSessionValidator } = require('@gatehouse/session-validator');
const { requireAuth } = require('@gatehouse/session-validator/express');
const express = require('express');

const app = express();
app.use(requireAuth(createSessionValidator()));

app.get('/', (request, response) => {
  response.json({ message: 'Hello World!' });
});

app.listen(Number(process.env.PORT ?? 3000));
