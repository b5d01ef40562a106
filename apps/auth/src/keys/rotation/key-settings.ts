/** How keys come and go. */
export abstract class KeySettings {
  /** A key signs this long before the next one takes over; 0 leaves that to people. In ms. */
  abstract readonly rotateAfterMs: number;
  /** A key is published at least this long before it signs, unless the one before it is withdrawn. In ms. */
  abstract readonly publishAheadMs: number;
  /** Longest life of an access token, in seconds. */
  abstract readonly tokenSeconds: number;
}
