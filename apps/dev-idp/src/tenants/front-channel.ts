import type { KoaContextWithOIDC } from 'oidc-provider';
import { contentSecurityPolicy } from '../pages/layout.js';
import { signingOutPage } from '../pages/pages.js';

/**
 * Front-channel logout (OpenID Connect Front-Channel Logout 1.0, section 3), the one way in which Entra tells applications of a
 * sign-out. The library has none: so between its sign-out and the redirect that follows stands a page with frames.
 */
export class FrontChannel {
  /** @param addresses each application's `frontchannel_logout_uri`, by client id. */
  constructor(
    private readonly issuer: string,
    private readonly addresses: ReadonlyMap<string, string>,
  ) {}

  /** Puts the page in place of the redirect, where somebody has signed out who was signed in at an application that listens. */
  putInBetween(context: KoaContextWithOIDC): void {
    // Undefined where no route matched.
    const oidc = context.oidc as KoaContextWithOIDC['oidc'] | undefined;
    if (oidc?.route !== 'end_session_confirm' || !oidc.params?.['logout']) return;
    const next = context.response.get('location');
    const frames = this.framesOf(oidc.session);
    // Without the redirect the sign-out was refused.
    if (next === '' || frames.length === 0) return;
    context.response.remove('location');
    context.status = 200;
    context.type = 'html';
    context.set('content-security-policy', contentSecurityPolicy({ frames: frames.map(({ origin }) => origin) }));
    context.body = signingOutPage(
      frames.map(({ href }) => href),
      next,
    );
  }

  /** The session is over and still says where it was used. */
  private framesOf(session: KoaContextWithOIDC['oidc']['session']): URL[] {
    return Object.entries(session?.authorizations ?? {}).flatMap(([clientId, { sid }]) => {
      const address = this.addresses.get(clientId);
      if (address === undefined || sid === undefined) return [];
      const frame = new URL(address);
      frame.searchParams.set('iss', this.issuer);
      frame.searchParams.set('sid', sid);
      return [frame];
    });
  }
}
