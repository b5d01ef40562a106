/** How long sessions last and how many a person may have. */
export abstract class SessionSettings {
  abstract readonly idleTtlMs: number;
  abstract readonly absoluteTtlMs: number;
  abstract readonly maxSessionsPerUser: number;
}
