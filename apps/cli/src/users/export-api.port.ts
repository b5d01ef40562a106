export interface ExportOptions {
  readonly passwordHashes: boolean;
}

/** Where people are had from. */
export interface ExportApi {
  /**
   * Asks for everybody.
   *
   * @returns the lines as they come. Throws in the middle when they end before everybody is there.
   * @throws {Trouble} when nothing is given
   */
  everybody(options: ExportOptions, stop: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}
