// Asks Passport strategies as Passport itself would, and says what they answer. Started with `old` (passport-azure-ad) or the path of
// @gatehouse/oidc/passport; questions come as lines of JSON, answers go out in the same order.
import { createInterface } from 'node:readline';

const [which] = process.argv.slice(2);
const { login, bearer } = JSON.parse(process.env.OPTIONS);
const verify = {
  login: (_iss, _sub, profile, callback) => callback(null, { oid: profile.oid, name: profile.displayName }),
  bearer: (token, callback) => callback(null, { oid: token.oid }),
};

async function strategies() {
  if (which === 'old') {
    const { default: old } = await import('passport-azure-ad');
    return [new old.OIDCStrategy(login, verify.login), new old.BearerStrategy(bearer, verify.bearer)];
  }
  const ours = await import(which);
  return [new ours.AzureAdStrategy(login, verify.login), new ours.AzureAdBearerStrategy(bearer, verify.bearer)];
}

/** What Passport adds to a strategy for one request. */
function ask(strategy, request, options) {
  return new Promise((answer) => {
    const asked = Object.assign(Object.create(strategy), {
      success: (user) => answer({ accepted: true, user }),
      fail: (why) => answer({ accepted: false, why: typeof why === 'string' ? why : (why?.code ?? why?.message) }),
      redirect: (to) => answer({ redirect: to }),
      error: (error) => answer({ accepted: false, why: error.message }),
    });
    asked.authenticate(request, options);
  });
}

// One browser's cookies, as Express with cookie-parser has them (the old library) and as they are on the wire (ours).
const cookies = {};
const response = {
  cookie: (name, value) => (cookies[name] = value),
  clearCookie: (name) => delete cookies[name],
  appendHeader: (_name, line) => {
    const [name, value] = line.split(';')[0].split('=');
    cookies[name] = value;
  },
};

function requestFor(path, headers = {}) {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  const query = Object.fromEntries(new URL(path, 'http://localhost').searchParams);
  return { method: 'GET', url: path, query, body: {}, cookies, headers: { cookie, ...headers }, res: response };
}

const [loginStrategy, bearerStrategy] = await strategies();
for await (const line of createInterface({ input: process.stdin })) {
  const { token, path } = JSON.parse(line);
  const answer =
    token === undefined
      ? await ask(loginStrategy, requestFor(path), { response, session: false })
      : await ask(bearerStrategy, requestFor('/', { authorization: `Bearer ${token}` }), {});
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
