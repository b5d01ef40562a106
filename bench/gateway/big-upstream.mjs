// Takes uploads without keeping them, and has streams that say something once a second.
import { createServer } from 'node:http';

const streams = new Set();
setInterval(() => {
  for (const stream of streams) stream.write('data: {"tick":true}\n\n');
}, 1_000);

createServer((request, response) => {
  if (request.method === 'GET' && request.url.endsWith('/stream')) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': open\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return;
  }
  let bytes = 0;
  request.on('data', (chunk) => (bytes += chunk.length));
  request.on('end', () => {
    const text = JSON.stringify({ bytes });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
