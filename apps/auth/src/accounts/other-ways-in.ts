/** Closes all of a person's ways in that the room knows, and ends what came of them. */
export type ClosesWaysIn = (
  userId: number,
  place: { readonly ipAddress: string; readonly requestId: string },
) => Promise<void>;

/** Ways into an account beside its password. The room that keeps them hands in how they are closed. */
export class OtherWaysIn {
  private closes: ClosesWaysIn = () => Promise.resolve();

  /** For the room, when it starts. */
  handIn(closes: ClosesWaysIn): void {
    this.closes = closes;
  }

  /**
   * Bears repetition.
   *
   * @throws {DatabaseUnavailable} with some left open.
   */
  close(...asked: Parameters<ClosesWaysIn>): Promise<void> {
    return this.closes(...asked);
  }
}
