import { decodeJwt } from 'jose';
import type { Answer } from './answer.js';
import type { People, Person } from './people.js';
import { GRAPH_AUDIENCE } from './provider-options.js';
import type { RecordedRequest } from './recorded-request.js';

/**
 * The two Microsoft Graph calls that list somebody's groups, paged: `GET .../(me|users/<oid>)/transitiveMemberOf[/..]`
 * and `POST .../getMemberObjects`. Under `<origin>/graph`, with or without a version.
 */
export function graphAnswer(request: RecordedRequest, people: People, pageSize: number): Answer {
  const person = callerOf(request, people);
  if (!person) return graphError('InvalidAuthenticationToken', 401);
  const path = /^\/graph(?:\/v1\.0|\/beta)?\/(?:me|users\/([^/]+))\/(transitiveMemberOf|getMemberObjects)(?:\/|$)/.exec(
    request.url.pathname,
  );
  if (!path) return graphError('Request_ResourceNotFound', 404);
  if (path[1] !== undefined && path[1] !== person.objectId) return graphError('Authorization_RequestDenied', 403);
  if ((path[2] === 'getMemberObjects') !== (request.method === 'POST') && !request.url.searchParams.has('$skiptoken')) {
    return graphError('Request_BadRequest', 405);
  }
  const start = Number(request.url.searchParams.get('$skiptoken') ?? 0);
  const page = person.groups.slice(start, start + pageSize);
  const next = new URL(request.url);
  next.searchParams.set('$skiptoken', String(start + pageSize));
  const asObjects = path[2] === 'transitiveMemberOf';
  return {
    json: {
      value: asObjects ? page.map((id) => ({ '@odata.type': '#microsoft.graph.group', id })) : page,
      ...(start + pageSize < person.groups.length ? { '@odata.nextLink': next.href } : {}),
    },
  };
}

function callerOf({ headers }: RecordedRequest, people: People): Person | undefined {
  try {
    const { aud, sub } = decodeJwt((headers.authorization ?? '').replace(/^Bearer /, ''));
    return aud === GRAPH_AUDIENCE ? people.bySubject(String(sub)) : undefined;
  } catch {
    return undefined;
  }
}

function graphError(code: string, status: number): Answer {
  return { status, json: { error: { code, message: 'scripted' } } };
}
