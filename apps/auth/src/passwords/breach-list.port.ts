/** A collection of passwords that leaked somewhere. */
export abstract class BreachList {
  /**
   * @param password - as typed. It does not leave the process.
   * @returns whether it is there. `false` when the list does not answer in time: it is a help, not a gate that may fail shut.
   */
  abstract has(password: string): Promise<boolean>;
}

/** Where no list is asked. */
export class NoBreachList extends BreachList {
  override async has(): Promise<boolean> {
    return false;
  }
}
