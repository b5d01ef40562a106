import type { Clock } from '@gatehouse/kernel';
import type { Outbound } from '../provider/outbound.js';
import { isJsonObject, own } from '../provider/strict-json.js';
import { isGuid } from './tenants.js';

const MAX_PAGES = 20;
const MAX_BYTES = 1_048_576;

export interface GroupDirectoryNeeds {
  /** Without a slash at the end. */
  readonly graphUrl: string;
  readonly outbound: Outbound;
  readonly clock: Clock;
  /** For all pages together. */
  readonly timeoutMs: number;
}

/**
 * The groups of somebody whose token had no room for them, from Microsoft Graph. Nested ones count, as they do in tokens.
 * Where the token says that they are is not looked at: it names a Graph of former days, and addresses are ours to choose.
 */
export class GroupDirectory {
  constructor(private readonly needs: GroupDirectoryNeeds) {}

  /**
   * @param accessToken of the person, made out to Graph (the scope `User.Read` is enough).
   * @returns undefined where not all of them could be read: a part of them is worse than none.
   */
  async groupsOf(accessToken: string): Promise<readonly string[] | undefined> {
    const endsAtMs = this.needs.clock.nowMs() + this.needs.timeoutMs;
    const groups = new Set<string>();
    let next: URL | undefined = new URL(`${this.needs.graphUrl}/v1.0/me/transitiveMemberOf?$select=id&$top=999`);
    for (let page = 0; next && page < MAX_PAGES; page++) {
      const read: Page | undefined = await this.page(next, accessToken, endsAtMs - this.needs.clock.nowMs());
      if (!read) return undefined;
      for (const id of read.ids) groups.add(id);
      next = read.next;
    }
    return next ? undefined : [...groups];
  }

  private async page(url: URL, accessToken: string, timeoutMs: number): Promise<Page | undefined> {
    if (timeoutMs <= 0) return undefined;
    const answer = await this.needs.outbound
      .ask({
        what: 'groups',
        url,
        headers: { authorization: `Bearer ${accessToken}` },
        maxBytes: MAX_BYTES,
        timeoutMs,
        refusedAs: 'PROVIDER_ERROR',
      })
      .catch(() => undefined);
    const list: unknown = answer?.status === 200 && answer.json && own(answer.json, 'value');
    if (!answer?.json || !Array.isArray(list)) return undefined;
    const link = own(answer.json, '@odata.nextLink');
    const next = link === undefined ? undefined : this.nextPage(link);
    if (link !== undefined && !next) return undefined;
    return { ids: list.flatMap(groupId), next };
  }

  /** Only at Graph itself: the token of the person goes along. */
  private nextPage(link: unknown): URL | undefined {
    if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
    const url = new URL(link);
    return url.origin === new URL(this.needs.graphUrl).origin ? url : undefined;
  }
}

interface Page {
  readonly ids: readonly string[];
  readonly next: URL | undefined;
}

/** Directory roles and administrative units stand in the list as well. */
function groupId(entry: unknown): string[] {
  if (!isJsonObject(entry)) return [];
  const type = own(entry, '@odata.type');
  const id = own(entry, 'id');
  return (type === undefined || type === '#microsoft.graph.group') && isGuid(id) ? [id.toLowerCase()] : [];
}
