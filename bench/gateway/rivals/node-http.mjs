// The least a proxy in Node can do: pass everything on and look at nothing. What others take off it, their work costs.
import { Agent, createServer, request } from 'node:http';

const upstream = new URL(process.env.UPSTREAM);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

createServer((incoming, response) => {
  const { method, url: path, headers } = incoming;
  const options = { agent, host: upstream.hostname, port: upstream.port, method, path, headers };
  const outgoing = request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}).listen(Number(process.env.PORT), '127.0.0.1');
