/** Where a member of a {@link Roster} stands, with which it leaves. */
export interface Place<T> {
  readonly member: T;
}

interface Stand<T> extends Place<T> {
  /** -1 once it has left. */
  at: number;
}

/**
 * Who is here right now, where thousands come and go in a second. In no order.
 *
 * Not a `Set`: V8 begins a new table for one whenever the old has had as many members as it has room for, however many of them
 * left, and the old table keeps who was there and leads to the new. Once such a table has grown old, everything that has ever
 * been a member outlives each small collection until the next full one, and each of those takes many times as long.
 */
export class Roster<T> implements Iterable<T> {
  private readonly stands: Stand<T>[] = [];

  get size(): number {
    return this.stands.length;
  }

  /** Each call is one membership, of a member that is there already too. */
  enter(member: T): Place<T> {
    const stand = { member, at: this.stands.length };
    this.stands.push(stand);
    return stand;
  }

  /** Who has left already is not here; nothing happens. */
  leave(place: Place<T>): void {
    const stand = place as Stand<T>;
    if (this.stands[stand.at] !== stand) return;
    const last = this.stands.pop();
    if (last && last !== stand) {
      this.stands[stand.at] = last;
      last.at = stand.at;
    }
    stand.at = -1;
  }

  /** Those who are here at this moment: whoever leaves meanwhile is told too, whoever comes is not. */
  [Symbol.iterator](): Iterator<T> {
    return this.stands.map(({ member }) => member).values();
  }

  clear(): void {
    for (const stand of this.stands) stand.at = -1;
    this.stands.length = 0;
  }
}
