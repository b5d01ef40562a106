/** One kind of thing that is held about people. A room that keeps such things hands one in. */
export interface PersonalRecords {
  /** Its name in an export, for example `sessions`. */
  readonly section: string;
  /** What there is about this person, as JSON; `undefined` when it has no place in an export. */
  about(userId: number): Promise<unknown>;
  /** Erases it, all of it. Bears repetition. */
  forget(userId: number): Promise<void>;
}

/** Everything that is held about people, whichever room holds it. */
export class PersonalRecordsBook {
  private readonly kinds: PersonalRecords[] = [];

  /** For rooms, when they start. */
  add(records: PersonalRecords): void {
    this.kinds.push(records);
  }

  /** All of it by section. */
  async about(userId: number): Promise<Record<string, unknown>> {
    const sections = await Promise.all(
      this.kinds.map(async (kind) => [kind.section, await kind.about(userId)] as const),
    );
    return Object.fromEntries(sections.filter(([, content]) => content !== undefined));
  }

  async forget(userId: number): Promise<void> {
    for (const kind of this.kinds) await kind.forget(userId);
  }
}
