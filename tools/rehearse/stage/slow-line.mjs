// A line that is as long as an ocean: `node slow-line.mjs LISTEN_PORT TARGET_HOST TARGET_PORT ONE_WAY_MS`. Each byte arrives that much
// later, in order; nothing else is different.
import { connect, createServer } from 'node:net';

const [listenPort, host, port, oneWayMs] = process.argv.slice(2);

createServer((near) => {
  const far = connect({ host, port: Number(port) });
  for (const [from, to] of [
    [near, far],
    [far, near],
  ]) {
    from.setNoDelay(true);
    // Timers of one length fire in the order in which they were set.
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), Number(oneWayMs)));
    from.on('error', () => from.destroy());
    from.on('close', () => setTimeout(() => to.destroy(), Number(oneWayMs)));
  }
}).listen(Number(listenPort), '127.0.0.1');
