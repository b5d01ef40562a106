/** A person has signed in on something they were never seen with. */
export interface NewDeviceEvent {
  readonly userId: number;
  readonly deviceId: string;
  readonly name: string | null;
  readonly ipAddress: string;
  readonly atMs: number;
  /** Whether the account had no device before: nobody is warned of their own first sign-in. */
  readonly isFirst: boolean;
}

export type NewDeviceListener = (event: NewDeviceEvent) => void | Promise<void>;

/** Tells whoever wants to know of new devices, a mail for example. Never delays or fails the sign-in. */
export class NewDevices {
  private readonly listeners: NewDeviceListener[] = [];

  constructor(private readonly onFailure: (error: unknown) => void = () => undefined) {}

  listen(listener: NewDeviceListener): void {
    this.listeners.push(listener);
  }

  announce(event: NewDeviceEvent): void {
    for (const listener of this.listeners) {
      Promise.resolve()
        .then(() => listener(event))
        .catch(this.onFailure);
    }
  }
}
