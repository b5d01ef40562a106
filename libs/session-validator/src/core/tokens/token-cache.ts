/** What is remembered about a token. The cache writes into it what it finds it by, so that a look-up touches one object. */
export interface Remembered {
  /** The whole token, once it is in the cache. */
  cachedToken: string;
  /** {@link tailOf} that token. */
  cachedTail: number;
  /** The whole header value it came in, where that is known; the empty string before. */
  cachedCredentials: string;
  /** Something of what is needed once it has been found; see {@link TokenCache.fetched}. */
  fetchAhead(): unknown;
}

const TAIL_LENGTH = 8;
/** Claims, principal and slots of one entry, measured at about this much on top of the token's own text. */
const ENTRY_OVERHEAD_BYTES = 1_100;
const SMALLEST_TABLE = 64;
/** Slots per entry at the least: with four, most look-ups find what they want where they look first. */
const ROOM = 4;

/**
 * Tokens whose signature and claims were found good, so that ES256 is paid once per token and instance. It says nothing
 * about expiry or revocation: both are asked on every call.
 *
 * Bounded by bytes, in two generations: when the young one is full it becomes the old one and the old one is dropped.
 * That is cheaper per hit than moving an entry to the front of a list, and what is in use survives.
 */
export class TokenCache<R extends Remembered> {
  /**
   * What the last look-up found, or nearly found, fetched while its text was being compared: both lie far from the processor,
   * and one after the other they take a sixth longer than at once. It is written down because what nobody keeps is not fetched.
   */
  fetched: unknown;

  private young = new Generation<R>();
  private old = new Generation<R>();
  private youngBytes = 0;

  /** @param maxBytes - for both generations together; 0 keeps nothing */
  constructor(private readonly maxBytes: number) {}

  find(token: string): R | undefined {
    const tail = tailOf(token);
    const young = this.young.find(tail);
    if (young) return young.cachedToken === token ? young : undefined;
    const old = this.old.find(tail);
    if (old?.cachedToken !== token) return undefined;
    this.add(token, old);
    return old;
  }

  /**
   * Finds a token by the header value it came in before. As the parser made that text it lies in one piece, which compares at
   * once; a token cut out of it is a reference into it, which the engine compares elsewhere.
   */
  findCredentials(credentials: string): R | undefined {
    const tail = tailOf(credentials);
    const young = this.young.find(tail);
    if (young) {
      this.fetched = young.fetchAhead();
      return young.cachedCredentials === credentials ? young : undefined;
    }
    const old = this.old.find(tail);
    if (old?.cachedCredentials !== credentials) return undefined;
    this.add(old.cachedToken, old);
    return old;
  }

  /** The first header value a token comes in is kept. The token is taken from it anew, so that its text is there once. */
  keepCredentials(remembered: R, token: string, credentials: string): void {
    if (remembered.cachedCredentials !== '' || !credentials.endsWith(token)) return;
    remembered.cachedCredentials = credentials;
    remembered.cachedToken = token;
  }

  add(token: string, remembered: R): void {
    const bytes = token.length + ENTRY_OVERHEAD_BYTES;
    const half = this.maxBytes / 2;
    if (bytes > half) return;
    if (this.youngBytes + bytes > half) {
      this.old = this.young;
      this.young = new Generation();
      this.youngBytes = 0;
    }
    remembered.cachedToken = token;
    remembered.cachedTail = tailOf(token);
    // Two tokens may share a tail; the later one takes the place, and neither is ever taken for the other.
    const replaced = this.young.put(remembered);
    if (replaced) this.youngBytes -= replaced.cachedToken.length + ENTRY_OVERHEAD_BYTES;
    this.youngBytes += bytes;
  }

  /** Forgets everything: the keys the entries were verified with may be gone. */
  clear(): void {
    this.young = new Generation();
    this.old = new Generation();
    this.youngBytes = 0;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }
}

/**
 * The last characters of a token as a number of 32 bits, to find it by: enough of an ES256 signature to spread entries. What
 * decides is the comparison of the whole token.
 */
function tailOf(token: string): number {
  let tail = 0;
  for (let at = Math.max(0, token.length - TAIL_LENGTH); at < token.length; at += 1)
    tail = (Math.imul(tail, 31) + token.charCodeAt(at)) | 0;
  return tail;
}

/**
 * Open addressing in an array of its own: in a service that does other things between two tokens, nothing of this is near
 * the processor, and a `Map` has four more places to fetch before the token can be compared.
 */
class Generation<R extends Remembered> {
  private slots: (R | undefined)[] = emptySlots(SMALLEST_TABLE);
  size = 0;

  find(tail: number): R | undefined {
    const { slots } = this;
    const last = slots.length - 1;
    for (let at = tail & last; ; at = (at + 1) & last) {
      const found = slots[at];
      if (found === undefined || found.cachedTail === tail) return found;
    }
  }

  /** @returns what had the same tail and is replaced */
  put(remembered: R): R | undefined {
    if ((this.size + 1) * ROOM > this.slots.length) this.grow();
    const at = this.placeOf(remembered.cachedTail);
    const replaced = this.slots[at];
    this.slots[at] = remembered;
    if (replaced === undefined) this.size += 1;
    return replaced;
  }

  private placeOf(tail: number): number {
    const last = this.slots.length - 1;
    let at = tail & last;
    for (let there = this.slots[at]; there !== undefined && there.cachedTail !== tail; there = this.slots[at]) {
      at = (at + 1) & last;
    }
    return at;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = emptySlots(before.length * 2);
    for (const remembered of before) if (remembered) this.slots[this.placeOf(remembered.cachedTail)] = remembered;
  }
}

function emptySlots<R>(count: number): (R | undefined)[] {
  return new Array<R | undefined>(count).fill(undefined);
}
