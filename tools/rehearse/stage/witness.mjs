// A service's validator as a process, which says when it hears of a revocation and what it thinks of tokens: `node witness.mjs HOST PORT`.
// `GET /heard` gives and forgets what it has heard, as `[value, atMs][]`; `POST /judge` takes tokens and says, all in one moment, how it
// would decide under each policy.
import { createServer } from 'node:http';
import { createSessionValidator } from '../../../libs/session-validator/dist/index.js';

const [host, port] = process.argv.slice(2);
const validator = createSessionValidator({
  redisUrl: process.env.REDIS_URL,
  trustAnchor: process.env.AUTH_TRUST_ANCHOR,
  receipts: false,
});
let heard = [];
validator.onRevoked(({ value }) => heard.push([value, performance.timeOrigin + performance.now()]));

const POLICIES = { open: 'open', bounded: { boundedSeconds: 10 }, closed: 'closed' };

/** @returns by policy, how many of the tokens are taken, and why the first that is not is refused */
function judge(tokens) {
  const verdicts = Object.entries(POLICIES).map(([name, freshness]) => {
    const decisions = tokens.map((token) => validator.check(token, { freshness }));
    const refused = decisions.find(({ ok }) => !ok);
    return [name, { accepted: decisions.filter(({ ok }) => ok).length, reason: refused?.reason }];
  });
  return Object.fromEntries(verdicts);
}

createServer(async (request, response) => {
  const { feed } = validator.health();
  if (request.url === '/heard') response.end(JSON.stringify(heard.splice(0)));
  else if (request.url === '/judge') {
    let text = '';
    for await (const chunk of request) text += chunk;
    const groups = Object.entries(JSON.parse(text)).map(([name, tokens]) => [name, judge(tokens)]);
    response.end(JSON.stringify({ ageSeconds: feed.ageSeconds, ...Object.fromEntries(groups) }));
  } else {
    response.statusCode = (await validator.ready(1)) ? 200 : 503;
    response.end(JSON.stringify(feed));
  }
}).listen(Number(port), host);
