import { createServer } from 'node:http';
import { listen, startProxy } from './testing/start-proxy.js';

it('passes a request on', async () => {
  const upstream = createServer((request, response) => response.end(request.url));
  const proxy = await startProxy([`http://127.0.0.1:${await listen(upstream)}`]);
  const answer = await fetch(`${proxy.url}/a?b=%2e`);
  expect(await answer.text()).toBe('/a?b=%2e');
  await proxy.close();
  upstream.close();
});
