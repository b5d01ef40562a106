import { isJsonObject, own, type JsonObject } from '../provider/strict-json.js';
import { invalid, requiredText } from '../tokens/claims.js';

/** Whose sessions an event is about: a person's, one session, or one of that person's. */
export interface Meant {
  readonly subject?: string;
  readonly providerSessionId?: string;
}

/**
 * Reads `sub_id` (RFC 9493, and the complex form of the Shared Signals Framework). What narrows it down in words we do not know, such as
 * a device, is passed over: more sessions end then, never fewer.
 *
 * @param isOfSession - whether a bare id names a session; of other events nobody knows whom it names
 * @throws {OidcError} where neither person nor session is named in a way that we could act on. Never by an address (nOAuth).
 */
export function meantBy(subId: unknown, issuer: string, isOfSession: boolean): Meant {
  if (!isJsonObject(subId)) throw invalid('the event does not say whom it is about');
  const meant = isComplex(subId)
    ? { ...personIn(own(subId, 'user'), issuer), ...sessionIn(own(subId, 'session')) }
    : { ...personIn(subId, issuer), ...(isOfSession && sessionIn(subId)) };
  if (meant.subject === undefined && meant.providerSessionId === undefined) {
    throw invalid('the event names neither a person by issuer and subject nor a session');
  }
  return meant;
}

const isComplex = (subId: JsonObject) => own(subId, 'format') === 'complex';

function personIn(named: unknown, issuer: string): Meant {
  if (!isJsonObject(named) || own(named, 'format') !== 'iss_sub') return {};
  // One tenant must not speak of another's people, though the same keys sign for both.
  if (own(named, 'iss') !== issuer) throw invalid('the event is about somebody of another issuer');
  return { subject: requiredText(named, 'sub', 255) };
}

function sessionIn(named: unknown): Meant {
  if (!isJsonObject(named) || own(named, 'format') !== 'opaque') return {};
  return { providerSessionId: requiredText(named, 'id', 255) };
}
