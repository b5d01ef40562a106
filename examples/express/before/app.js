import express from 'express';

const app = express();

app.get('/', (request, response) => {
  response.json({ message: 'Hello World!' });
});

app.listen(Number(process.env.PORT ?? 3000));
