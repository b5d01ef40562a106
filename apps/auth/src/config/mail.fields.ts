import { type ConfigOf, integer, oneOf, port, secret, text, url } from '@gatehouse/config';
import type { SmtpSettings } from '../mail/adapters/smtp-mailer.js';

/** Variables about mail. */
export const mailFields = {
  SMTP_URL: secret({ minBytes: 1 })
    .optional()
    .describe('Mail server, as smtp://user:password@host:port, or smtps://… for TLS from the first byte'),
  SMTP_HOST: text().optional().describe('Host of the mail server, in place of SMTP_URL'),
  SMTP_PORT: port().default('587').describe('Port of the mail server, beside SMTP_HOST'),
  SMTP_USER: text().optional().describe('User at the mail server, beside SMTP_HOST'),
  SMTP_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password at the mail server, beside SMTP_USER'),
  SMTP_TLS: oneOf('starttls', 'implicit', 'none')
    .default('starttls')
    .describe(
      'starttls refuses a server that does not offer it; none sends in the clear, for a relay on the same machine',
    ),
  MAIL_FROM: text().optional().describe('Sender of all mail, as name@example.com or Name <name@example.com>'),
  APP_URL: url()
    .optional()
    .describe(
      'Address of your web pages: links in mail lead there. PUBLIC_URL when absent; needed in production with mail',
    ),
  MAIL_PER_ADDRESS_PER_HOUR: integer({ min: 1, max: 1_000 })
    .default('5')
    .describe('Letters of one kind that anybody can ask for, per address and hour; more are dropped without a word'),
};

type MailConfig = ConfigOf<typeof mailFields>;

export interface ParsedMail {
  /** `undefined` when no server is named. */
  readonly settings: SmtpSettings | undefined;
  /** Names and rules, never values. */
  readonly faults: readonly string[];
}

/** Where mail goes, from settings that may have come out of files. */
export function mailOf(config: MailConfig): ParsedMail {
  const { SMTP_URL: address, SMTP_HOST: host, MAIL_FROM: from } = config;
  if (address !== undefined && host !== undefined) {
    return { settings: undefined, faults: ['SMTP_URL and SMTP_HOST are both set; keep one of them'] };
  }
  if (address === undefined && host === undefined) return { settings: undefined, faults: [] };
  const faults: string[] = [];
  const server = address === undefined ? fromParts(config) : fromUrl(address.reveal(), config.SMTP_TLS);
  if (!server) faults.push('SMTP_URL must be smtp://user:password@host:port or smtps://…');
  if (from === undefined) faults.push('MAIL_FROM is needed beside a mail server');
  else if (!isSender(from)) faults.push('MAIL_FROM must be name@example.com or Name <name@example.com>');
  if ((config.SMTP_USER === undefined) !== (config.SMTP_PASSWORD === undefined) && host !== undefined) {
    faults.push('SMTP_USER and SMTP_PASSWORD go together');
  }
  if (faults.length > 0 || !server || from === undefined) return { settings: undefined, faults };
  return { settings: { ...server, from }, faults: [] };
}

/** Rules of the whole configuration that are about mail. */
export function mailIsSound(
  config: MailConfig & { readonly NODE_ENV: string; readonly PUBLIC_URL: string | undefined },
): readonly string[] {
  const { settings, faults } = mailOf(config);
  const needsAppUrl = settings !== undefined && config.NODE_ENV === 'production' && config.APP_URL === undefined;
  return needsAppUrl ? [...faults, 'APP_URL is needed in production beside a mail server: links lead there'] : faults;
}

type Server = Omit<SmtpSettings, 'from'>;

function fromParts({ SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD, SMTP_TLS }: MailConfig): Server {
  const auth = SMTP_USER !== undefined && SMTP_PASSWORD !== undefined;
  return {
    host: SMTP_HOST ?? '',
    port: SMTP_PORT,
    tls: SMTP_TLS,
    ...(auth ? { auth: { user: SMTP_USER, password: SMTP_PASSWORD.reveal() } } : {}),
  };
}

function fromUrl(address: string, tls: Server['tls']): Server | undefined {
  if (!/^smtps?:\/\//.test(address) || !URL.canParse(address)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(address);
  if (hostname === '' || !['', '/'].includes(pathname) || search !== '') return undefined;
  const isImplicit = protocol === 'smtps:';
  try {
    return {
      // An IPv6 address stands in brackets.
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isImplicit ? 465 : 587) : Number(port),
      tls: isImplicit ? 'implicit' : tls,
      ...(username === ''
        ? {}
        : { auth: { user: decodeURIComponent(username), password: decodeURIComponent(password) } }),
    };
  } catch {
    return undefined;
  }
}

function isSender(from: string): boolean {
  return /^(?:[^<>,\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/.test(from);
}
