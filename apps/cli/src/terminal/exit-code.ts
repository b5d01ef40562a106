/** What a command ends with: 0 all is well, 1 a finding or a refusal, 2 wrong usage or a server that cannot be reached. */
export type ExitCode = 0 | 1 | 2;

/** A command cannot do its work. Ends it with 2. The message is for people and holds no token, password or setting. */
export class Trouble extends Error {
  override readonly name = 'Trouble';

  /** @param code - stable, for scripts */
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
