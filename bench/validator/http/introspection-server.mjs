// The kindest auth service there can be: it knows the tokens by heart and has no network or database to wait for.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const known = new Map(
  JSON.parse(readFileSync(process.env.CREDENTIALS, 'utf8')).map((line, i) => [line.split(' ')[2], String(i + 1)]),
);
createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
  request.once('end', () => {
    const sub = known.get(body.slice('token='.length));
    const text = JSON.stringify(sub === undefined ? { active: false } : { active: true, sub });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
