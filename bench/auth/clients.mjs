import { PASSWORD } from './argon2.mjs';

/**
 * What a client of each service sends. A session is whatever the client has to keep; each operation yields a request, and
 * `after` what the client keeps afterwards.
 *
 * @typedef {{ method: string, path: string, headers?: Record<string, string>, body?: object }} Request
 */
export const CLIENTS = {
  gatehouse: {
    signUp: (email) => ({ method: 'POST', path: '/api/v1/auth/signup', body: { email, password: PASSWORD } }),
    signIn: (email) => ({ method: 'POST', path: '/api/v1/auth/signin', body: { email, password: PASSWORD } }),
    refresh: ({ refreshToken }) => ({
      method: 'POST',
      path: '/api/v1/auth/refresh',
      body: { refresh_token: refreshToken },
    }),
    list: ({ accessToken }) => ({ method: 'GET', path: '/api/v1/sessions', headers: bearer(accessToken) }),
    signOut: ({ accessToken }) => ({
      method: 'POST',
      path: '/api/v1/auth/signout',
      headers: bearer(accessToken),
      body: {},
    }),
    after: (answer) => {
      const { access_token: accessToken, refresh_token: refreshToken } = JSON.parse(answer.text).data;
      return { accessToken, refreshToken };
    },
  },
  betterAuth: {
    signUp: (email) => ({
      method: 'POST',
      path: '/api/auth/sign-up/email',
      body: { email, password: PASSWORD, name: 'Bench' },
    }),
    signIn: (email) => ({ method: 'POST', path: '/api/auth/sign-in/email', body: { email, password: PASSWORD } }),
    // It has no refresh tokens: a look at the session, which prolongs it, stands in their place.
    refresh: ({ cookie }) => ({ method: 'GET', path: '/api/auth/get-session', headers: { cookie } }),
    list: ({ cookie }) => ({ method: 'GET', path: '/api/auth/list-sessions', headers: { cookie } }),
    signOut: ({ cookie, origin }) => ({
      method: 'POST',
      path: '/api/auth/sign-out',
      headers: { cookie, origin },
      body: {},
    }),
    after: (answer, before, origin) => {
      const given = answer.cookies.map((cookie) => cookie.split(';')[0]).join('; ');
      return { cookie: given || before?.cookie, origin };
    },
  },
};

const bearer = (token) => ({ authorization: `Bearer ${token}` });
