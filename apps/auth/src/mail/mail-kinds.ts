/** Every letter this service writes. Rows of an older version keep their kind, so none is ever given another meaning. */
export const MAIL_KINDS = [
  'verify_email',
  'address_taken',
  'confirm_new_address',
  'address_changed',
  'reset_password',
  'password_changed',
  'erasure_requested',
  'new_device',
] as const;

export type MailKind = (typeof MAIL_KINDS)[number];

/**
 * What strangers can make us send to somebody: named by whoever asks. Counted per address, so that nobody's mailbox is filled
 * through us. The others tell owners what was done to their account and must always arrive.
 */
const ASKED_FOR_BY_ANYBODY: ReadonlySet<MailKind> = new Set([
  'verify_email',
  'address_taken',
  'confirm_new_address',
  'reset_password',
] satisfies MailKind[]);

export function isAskedForByAnybody(kind: MailKind): boolean {
  return ASKED_FOR_BY_ANYBODY.has(kind);
}
