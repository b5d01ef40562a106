import { randomUuid } from '@gatehouse/kernel';

/** A sane incoming id is kept, so that one request has one name across services. */
export function requestIdOf(request: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{8,128}$/.test(given) ? given : randomUuid();
}
