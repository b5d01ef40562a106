import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import { type AuthSettings, publicUrlOf } from '../config/auth.config.js';
import { mailOf } from '../config/mail.fields.js';
import { InboxMailer } from './adapters/inbox-mailer.js';
import { SmtpMailer } from './adapters/smtp-mailer.js';
import type { MailSettings } from './mail.module.js';
import type { MailOutbox } from './mail-outbox.port.js';

/** A mail server where one is named; else the inbox of a developer's machine; else, in production, no mail. */
export function wireMail(settings: AuthSettings, outbox: MailOutbox, clock: Clock, logger: Logger): MailSettings {
  const smtp = mailOf(settings).settings;
  const isProduction = settings.NODE_ENV === 'production';
  if (smtp?.tls === 'none') logger.warn('mail goes out in the clear (SMTP_TLS=none), links to new passwords included');
  if (!smtp && isProduction) logger.warn('no mail server is set up: what needs mail answers MAIL_NOT_SET_UP');
  // Without the address: links of a developer's machine may be logged, people may not.
  const inbox = () =>
    new InboxMailer(clock, ({ subject, text }) => logger.info('mail, shown at /dev/inbox', { subject, text }));
  return {
    outbox,
    mailer: smtp ? new SmtpMailer(smtp) : isProduction ? undefined : inbox(),
    perAddressAndHour: settings.MAIL_PER_ADDRESS_PER_HOUR,
    linksLeadHere: settings.APP_URL === undefined || settings.APP_URL.replace(/\/+$/, '') === publicUrlOf(settings),
  };
}
