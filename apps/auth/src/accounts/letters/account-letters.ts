import type { Clock } from '@gatehouse/kernel';
import type { AuditEventKind, AuditLog } from '../../audit/audit-log.port.js';
import { LetterWriter } from '../../mail/letter-writer.port.js';
import type { MailOrder } from '../../mail/mail-outbox.port.js';
import type { Letter } from '../../mail/mailer.port.js';
import { renderLetter } from '../../mail/render-letter.js';
import { canonicalEmail, leadsNowhere } from '../../users/email-address.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import type { AccountSettings } from '../account-settings.js';
import type { TokenPurpose } from '../tokens/account-token-store.port.js';
import type { AccountTokens } from '../tokens/account-tokens.js';
import * as contents from './letter-contents.js';

/**
 * Writes the letters about accounts. Who is behind an address is looked up here and not in the request that named it: that one
 * does the same work for everybody, and tells nothing by its time.
 */
export class AccountLetters extends LetterWriter {
  constructor(
    private readonly users: UserRepository,
    private readonly tokens: AccountTokens,
    private readonly audit: AuditLog,
    private readonly settings: AccountSettings,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async write(order: MailOrder): Promise<Letter | undefined> {
    const letter = await this.compose(order);
    return letter && leadsNowhere(letter.to) ? undefined : letter;
  }

  private async compose(order: MailOrder): Promise<Letter | undefined> {
    switch (order.kind) {
      case 'verify_email':
        return this.verifyEmail(order);
      case 'address_taken':
        return this.addressTaken(order);
      case 'confirm_new_address':
        return this.confirmNewAddress(order);
      case 'address_changed':
        return order.address === undefined ? undefined : renderLetter(order.address, contents.addressChanged());
      case 'reset_password':
        return this.resetPassword(order);
      case 'password_changed':
        return this.passwordChanged(order);
      case 'erasure_requested':
        return this.erasureRequested(order);
      case 'new_device':
        return this.newDevice(order);
    }
  }

  private async verifyEmail(order: MailOrder): Promise<Letter | undefined> {
    const user = await this.meant(order);
    if (!user || user.emailVerifiedAtMs !== null || user.disabledAtMs !== null) return undefined;
    const { verificationTtlMs } = this.settings;
    const url = await this.link(user.id, 'verify_email', verificationTtlMs, canonicalEmail(user.email));
    this.note('email.verification_sent', user.id, order);
    return renderLetter(user.email, contents.verifyEmail(url, verificationTtlMs));
  }

  private async addressTaken(order: MailOrder): Promise<Letter | undefined> {
    const user = await this.meant(order);
    return user && renderLetter(user.email, contents.addressTaken(this.settings.appUrl));
  }

  private async confirmNewAddress(order: MailOrder): Promise<Letter | undefined> {
    const { userId, address, createdAtMs } = order;
    const user = userId === undefined ? undefined : await this.users.findById(userId);
    if (userId === undefined || address === undefined || !user) return undefined;
    // Asked for by whoever knew the password before, perhaps: a new one ends the links that are out, and those still to be made.
    if (isSuperseded(user, createdAtMs)) return undefined;
    const owner = await this.users.findByEmail(canonicalEmail(address));
    // Whoever asked must not learn it; the owner may.
    if (owner && owner.id !== userId) return renderLetter(owner.email, contents.addressTaken(this.settings.appUrl));
    const { verificationTtlMs } = this.settings;
    const url = await this.link(userId, 'change_email', verificationTtlMs, address);
    const now = await this.users.findById(userId);
    // A moment ago, even: whoever set the new password ended the links there were, and not this one.
    if (!now || isSuperseded(now, createdAtMs)) {
      await this.tokens.voidAll(userId, ['change_email']);
      return undefined;
    }
    this.note('email.verification_sent', userId, order);
    return renderLetter(address, contents.confirmNewAddress(url, verificationTtlMs));
  }

  private async resetPassword(order: MailOrder): Promise<Letter | undefined> {
    const user = await this.meant(order);
    if (!user || user.disabledAtMs !== null) return undefined;
    const { resetTtlMs } = this.settings;
    const url = await this.link(user.id, 'reset_password', resetTtlMs, canonicalEmail(user.email));
    this.note('password.reset_requested', user.id, order);
    // To the address as its owner wrote it: the one in the request may only look the same.
    return renderLetter(user.email, contents.resetPassword(url, resetTtlMs));
  }

  private async passwordChanged(order: MailOrder): Promise<Letter | undefined> {
    const user = await this.meant(order);
    return user && renderLetter(user.email, contents.passwordChanged(this.settings.appUrl));
  }

  private async newDevice(order: MailOrder): Promise<Letter | undefined> {
    const user = await this.meant(order);
    return user && renderLetter(user.email, contents.newDevice(this.settings.appUrl));
  }

  private async erasureRequested(order: MailOrder): Promise<Letter | undefined> {
    const user = await this.meant(order);
    if (!user || user.eraseAtMs === null) return undefined;
    const leftMs = user.eraseAtMs - this.clock.nowMs();
    if (leftMs <= 0) return undefined;
    const url = await this.link(user.id, 'restore_account', leftMs);
    return renderLetter(user.email, contents.erasureRequested(url, user.eraseAtMs));
  }

  private async meant({ userId, address }: MailOrder): Promise<User | undefined> {
    if (userId !== undefined) return this.users.findById(userId);
    return address === undefined ? undefined : this.users.findByEmail(canonicalEmail(address));
  }

  private async link(userId: number, purpose: TokenPurpose, lifetimeMs: number, address?: string): Promise<string> {
    const token = await this.tokens.mint(userId, purpose, lifetimeMs, address);
    // Behind the #, which no browser sends: the token is in no server's log and in no Referer.
    return `${this.settings.appUrl}/${PAGES[purpose]}#token=${token}`;
  }

  private note(kind: AuditEventKind, userId: number, { ipAddress, requestId }: MailOrder): void {
    const from = {
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    this.audit.record({ kind, userId, ...from });
  }
}

/** Longest time that a request may take which was let in before the password was changed, and clocks of instances may differ, in ms. */
const UNDER_WAY_MS = 5_000;

/** Whether a wish is from before the password was changed. */
const isSuperseded = ({ passwordChangedAtMs }: User, askedAtMs: number) =>
  passwordChangedAtMs !== null && passwordChangedAtMs + UNDER_WAY_MS > askedAtMs;

/** Pages of the web application that links lead to. */
const PAGES: Readonly<Record<TokenPurpose, string>> = {
  verify_email: 'verify-email',
  change_email: 'verify-email',
  reset_password: 'reset-password',
  restore_account: 'restore-account',
  export: 'export',
};
