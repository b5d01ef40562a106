import { fingerprint, print } from './fingerprint.js';

/** Words of a slot: four of the print, until when it matters in seconds, and two of the cut-off where there is one. */
const UNTIL = 4;
const CUTOFF = 5;
/** First word of a free slot; no print begins with it. */
const FREE = 0xffffffff;

/** Fuller, and searches would become long. */
const FULLEST = 0.86;
/** Past the last home: for entries that were pushed on, and one slot that is always free. */
const OVERHANG = 32;
const SMALLEST_BYTES = 1_536;
/** Rearranging so much takes tens of microseconds: the table grows and forgets without ever stalling the process. */
const LARGEST_BYTES = 96 * 1_024;

/** Slots in ascending order of their first word, with gaps. */
interface Segment {
  words: Uint32Array;
  /** Homes, which is slots less the overhang. */
  capacity: number;
  entries: number;
  /** The first words of all its entries begin with these bits, ... */
  prefix: number;
  /** ... so many of them. */
  bits: number;
}

/**
 * From texts to the time until which they matter, and to a cut-off if made with one. About 25 bytes an entry while its
 * segments are full, twice that right after they were split (35 and 70 with a cut-off); a `Map` takes 150.
 *
 * A text's {@link fingerprint} stands for it. Slots lie in segments by the leading bits of the print (extendible hashing).
 * Within a segment an entry's home is proportional to its first word and entries lie in order, so that the search for
 * what is not there ends at the first larger word, and rearranging is one pass from left to right, in place.
 */
export class CompactTable {
  private readonly width: number;
  /** 2^`bits` places; a segment with fewer bits has several in a row. */
  private directory: Segment[];
  private bits = 0;
  private total = 0;
  /** Where {@link sweep} goes on. */
  private place = 0;

  /** @param withCutoff - whether entries carry a cut-off, an integer from 0 to 2^53 - 1 */
  constructor(private readonly withCutoff: boolean) {
    this.width = withCutoff ? CUTOFF + 2 : CUTOFF;
    this.directory = [{ ...this.room(SMALLEST_BYTES), entries: 0, prefix: 0, bits: 0 }];
  }

  get size(): number {
    return this.total;
  }

  /** What the slots take in memory. */
  get bytes(): number {
    return [...new Set(this.directory)].reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  has(text: string): boolean {
    const first = firstWordOf(text);
    return this.search(this.segmentOf(first), first) >= 0;
  }

  /** The cut-off of `text`, `undefined` when there is no entry. */
  cutoff(text: string): number | undefined {
    const first = firstWordOf(text);
    const segment = this.segmentOf(first);
    const at = this.search(segment, first);
    return at < 0 ? undefined : cutoffAt(segment.words, at);
  }

  /**
   * Adds an entry, or raises what is there: the later `untilSeconds` and the higher cut-off hold.
   *
   * @returns `'known'` when nothing is new but perhaps the time
   */
  put(text: string, untilSeconds: number, cutoff: number): 'added' | 'raised' | 'known' {
    const first = firstWordOf(text);
    let segment = this.segmentOf(first);
    let at = this.search(segment, first);
    if (at >= 0) return this.raise(segment.words, at, untilSeconds, cutoff);
    while (!this.insert(segment, ~at, first)) {
      this.makeRoom(segment);
      segment = this.segmentOf(first);
      at = this.search(segment, first);
    }
    segment.words[~at + UNTIL] = untilSeconds;
    if (this.withCutoff) setCutoff(segment.words, ~at, cutoff);
    this.total += 1;
    return 'added';
  }

  /**
   * Forgets entries whose time was over before `nowSeconds`, some segments per call.
   *
   * @param budget - goes on to the next segment while it has looked at fewer entries than this
   * @returns how many it looked at, and whether that was the end of the table
   */
  sweep(nowSeconds: number, budget: number): { readonly seen: number; readonly atEnd: boolean } {
    let seen = 0;
    while (seen < budget) {
      const segment = this.directory[this.place] as Segment;
      seen += segment.entries;
      this.forget(segment, nowSeconds);
      // From where the segment begins: the directory may have doubled since the last step.
      const places = 2 ** (this.bits - segment.bits);
      this.place += places - (this.place % places);
      if (this.place < this.directory.length) continue;
      this.place = 0;
      return { seen, atEnd: true };
    }
    return { seen, atEnd: false };
  }

  private segmentOf(first: number): Segment {
    return this.directory[this.bits === 0 ? 0 : first >>> (32 - this.bits)] as Segment;
  }

  /** Offset of the slot with {@link print}, or the complement of the offset where it belongs. */
  private search(segment: Segment, first: number): number {
    const { words } = segment;
    for (let at = this.homeOf(first, segment); ; at += this.width) {
      const word = words[at] as number;
      if (word > first) return ~at;
      if (word === first && words[at + 1] === print[1] && words[at + 2] === print[2] && words[at + 3] === print[3]) {
        return at;
      }
    }
  }

  private homeOf(first: number, { capacity, bits }: Segment): number {
    return Math.floor((((first << bits) >>> 0) * capacity) / 2 ** 32) * this.width;
  }

  /** Puts {@link print} at an offset and pushes on what lies there. @returns whether there was room. */
  private insert(segment: Segment, at: number, first: number): boolean {
    const { words } = segment;
    if (segment.entries + 1 > segment.capacity * FULLEST) return false;
    let free = at;
    while (words[free] !== FREE) free += this.width;
    if (free === words.length - this.width) return false;
    words.copyWithin(at + this.width, at, free);
    words[at] = first;
    for (let i = 1; i < UNTIL; i++) words[at + i] = print[i] as number;
    segment.entries += 1;
    return true;
  }

  private raise(words: Uint32Array, at: number, untilSeconds: number, cutoff: number): 'raised' | 'known' {
    if (untilSeconds > (words[at + UNTIL] as number)) words[at + UNTIL] = untilSeconds;
    if (!this.withCutoff || cutoff <= cutoffAt(words, at)) return 'known';
    setCutoff(words, at, cutoff);
    return 'raised';
  }

  private makeRoom(segment: Segment): void {
    if (segment.words.byteLength * 2 > LARGEST_BYTES) this.split(segment);
    else this.resize(segment, segment.words.byteLength * 2);
  }

  private resize(segment: Segment, bytes: number): void {
    const room = this.room(bytes);
    this.copyTail(segment.words, 0, room.words);
    this.spread(Object.assign(segment, room));
  }

  /** Gives the entries whose next bit is set a segment of their own. In order as they are, they come last. */
  private split(segment: Segment): void {
    if (segment.bits === this.bits) {
      this.directory = this.directory.flatMap((each) => [each, each]);
      this.bits += 1;
    }
    const { words, bits, prefix } = segment;
    let middle = 0;
    let left = 0;
    for (let at = 0; at < words.length; at += this.width) {
      const word = words[at] as number;
      if (word === FREE) continue;
      if ((word >>> (31 - bits)) & 1) break;
      left += 1;
      middle = at + this.width;
    }
    const right: Segment = {
      ...this.room(words.byteLength),
      entries: segment.entries - left,
      prefix: prefix * 2 + 1,
      bits: bits + 1,
    };
    this.copyTail(words, middle, right.words);
    for (let at = middle; at < words.length; at += this.width) words[at] = FREE;
    segment.entries = left;
    segment.prefix = prefix * 2;
    segment.bits = bits + 1;
    const places = 2 ** (this.bits - right.bits);
    this.directory.fill(right, right.prefix * places, (right.prefix + 1) * places);
    this.spread(segment);
    this.spread(right);
  }

  private forget(segment: Segment, nowSeconds: number): void {
    const { words } = segment;
    let gone = 0;
    for (let at = 0; at < words.length; at += this.width) {
      if (words[at] === FREE || (words[at + UNTIL] as number) >= nowSeconds) continue;
      words[at] = FREE;
      gone += 1;
    }
    if (gone === 0) return;
    this.total -= gone;
    segment.entries -= gone;
    let bytes = words.byteLength;
    // A quarter full is half full in half the room; with less the next few would make it grow again.
    while (bytes > SMALLEST_BYTES && segment.entries * this.width * 16 < bytes) bytes /= 2;
    if (bytes < words.byteLength) this.resize(segment, bytes);
    else this.spread(segment);
  }

  /**
   * Gives every entry the first free slot from its home on, in place: all are first pushed to the right end, then dealt
   * from there. An arrangement that fits never overtakes what is still to be dealt.
   */
  private spread(segment: Segment): void {
    const { words } = segment;
    const { width } = this;
    let from = this.copyTail(words, 0, words);
    for (let next = 0; from < words.length; next += width) {
      const at = Math.max(next, this.homeOf(words[from] as number, segment));
      if (at >= from) {
        // A crowd at the far end that the overhang does not hold. What was dealt and what was not is still in order.
        this.makeRoom(segment);
        return;
      }
      words.copyWithin(at, from, from + width);
      words[from] = FREE;
      from += width;
      next = at;
    }
  }

  /** Copies the slots of `source` from an offset on to the right end of `target`, without gaps; the rest becomes free. */
  private copyTail(source: Uint32Array, from: number, target: Uint32Array): number {
    const { width } = this;
    let to = target.length;
    for (let at = source.length - width; at >= from; at -= width) {
      if (source[at] === FREE) continue;
      to -= width;
      if (source !== target || at !== to) for (let i = 0; i < width; i++) target[to + i] = source[at + i] as number;
    }
    for (let at = 0; at < to; at += width) target[at] = FREE;
    return to;
  }

  private room(bytes: number): Pick<Segment, 'words' | 'capacity'> {
    const slots = Math.floor(bytes / 4 / this.width);
    const words = new Uint32Array(slots * this.width);
    for (let at = 0; at < words.length; at += this.width) words[at] = FREE;
    return { words, capacity: slots - OVERHANG };
  }
}

function firstWordOf(text: string): number {
  fingerprint(text);
  const first = print[0] as number;
  return first === FREE ? FREE - 1 : first;
}

function cutoffAt(words: Uint32Array, at: number): number {
  return (words[at + CUTOFF] as number) + (words[at + CUTOFF + 1] as number) * 2 ** 32;
}

function setCutoff(words: Uint32Array, at: number, cutoff: number): void {
  words[at + CUTOFF] = cutoff;
  words[at + CUTOFF + 1] = cutoff / 2 ** 32;
}
