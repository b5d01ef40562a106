import type { EntraSettings } from '../provider/provider-settings.js';

/** Entra's national clouds: nothing issued in one counts in another. */
const CLOUDS = {
  public: { authority: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  usgov: { authority: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  china: { authority: 'https://login.partner.microsoftonline.cn', graph: 'https://microsoftgraph.chinacloudapi.cn' },
} as const;

/** Without a slash at the end. */
export function authorityOf({ authority, cloud }: EntraSettings): string {
  return (authority ?? CLOUDS[cloud].authority).replace(/\/+$/, '');
}

/** Without a slash at the end. */
export function graphUrlOf({ graphUrl, cloud }: EntraSettings): string {
  return (graphUrl ?? CLOUDS[cloud].graph).replace(/\/+$/, '');
}
