/** Something a person has signed in on. */
export interface Device {
  /** 32 lower-case hex. An identifier, never a credential; becomes `device_id` in the tokens of its sessions. */
  readonly id: string;
  readonly userId: number;
  /** As its owner calls it; what its user agent tells until they do. */
  readonly name: string | null;
  /** Where it was last seen: an IPv4 address, or the /64 of an IPv6 one. */
  readonly network: string;
  /** `Chrome on macOS`; the empty string when its user agent tells nothing. */
  readonly agent: string;
  /** Whether it has come back with its credential: before, it may be a client that keeps none. */
  readonly keepsCredential: boolean;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
}

/** A device as it is first seen. */
export interface NewDevice extends Pick<Device, 'id' | 'userId' | 'name' | 'network' | 'agent'> {
  /** SHA-256 of its credential, hex. */
  readonly tokenHash: string;
  readonly atMs: number;
}

/** A device seen again. */
export interface DeviceUse extends Pick<Device, 'network' | 'agent'> {
  /** SHA-256 of the credential it presented, hex. */
  readonly tokenHash: string;
  readonly atMs: number;
}
