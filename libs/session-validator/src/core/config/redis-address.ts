import type { RedisConnection } from './config.js';

/** `host:port` and friends as a URL Redis clients understand. */
export function redisAddress(text: string): URL | undefined {
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `redis://${text}`);
    // Refused here: later they would be an error without a name.
    decodeURIComponent(`${url.username}${url.password}`);
    // A database that is no number would be refused by Redis, and database 0 be read in its place.
    if (!/^\/?\d{0,4}$/.test(url.pathname)) return undefined;
    return ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '' ? url : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a Redis URL stands for.
 *
 * @param url - as {@link redisAddress} returns it
 */
export function connectionOf(url: URL): RedisConnection {
  const host = hostOf(url);
  const db = url.pathname.slice(1);
  return {
    host,
    port: Number(url.port || '6379'),
    ...credentialsOf(url),
    ...(db === '' ? {} : { db: Number(db) }),
    // Hosted servers choose the certificate by the name asked for (RFC 6066 §3); an address is not a name.
    ...(url.protocol === 'rediss:' ? { tls: isAddress(host) ? {} : { servername: host } } : {}),
  };
}

/** An IPv6 address without the brackets that only URLs need. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

export function credentialsOf({ username, password }: URL): Pick<RedisConnection, 'username' | 'password'> {
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}

const isAddress = (host: string) => host.includes(':') || /^[\d.]+$/.test(host);
