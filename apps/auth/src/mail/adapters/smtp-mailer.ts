import { createTransport } from 'nodemailer';
import { type Letter, LetterRefused, Mailer, type MailFailureFacts, MailerUnavailable } from '../mailer.port.js';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /**
   * `implicit`: TLS from the first byte. `starttls`: not a word of a letter or password before the server has upgraded; one that
   * does not offer it is refused (RFC 8314 §3.3). `none`: in the clear.
   */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly auth?: { readonly user: string; readonly password: string };
  /** As in a `From` header: `Gatehouse <no-reply@example.com>`. */
  readonly from: string;
  /** Certificates to trust beside those of the system, PEM. */
  readonly ca?: string;
  /** Longest an attempt may take, everything included, in ms. @default 30000 */
  readonly timeoutMs?: number;
}

export const SMTP_TIMEOUT_MS = 30_000;
/** A server that does not greet within this is not asked further, in ms. */
const GREETING_MS = 10_000;

/** Hands letters to an SMTP server, each over a connection of its own. */
export class SmtpMailer extends Mailer {
  private readonly transport;
  private readonly closing = new AbortController();
  private readonly timeoutMs: number;

  constructor(private readonly settings: SmtpSettings) {
    super();
    const { host, port, tls, auth, ca, timeoutMs = SMTP_TIMEOUT_MS } = settings;
    this.timeoutMs = timeoutMs;
    this.transport = createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      ...(auth ? { auth: { user: auth.user, pass: auth.password } } : {}),
      tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
      connectionTimeout: Math.min(timeoutMs, GREETING_MS),
      greetingTimeout: Math.min(timeoutMs, GREETING_MS),
      dnsTimeout: Math.min(timeoutMs, GREETING_MS),
      socketTimeout: timeoutMs,
      // Letters are texts of our own: nothing in them may make the library read a file or fetch an address.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  override async send({ to, subject, text, html }: Letter, id: string): Promise<void> {
    const { from } = this.settings;
    const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
    try {
      await this.transport.sendMail({
        from,
        // An object is taken as it is; a text would be read as a list, and one address could become two.
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        // No out-of-office answers (RFC 3834 §5).
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        signal: AbortSignal.any([AbortSignal.timeout(this.timeoutMs), this.closing.signal]),
      });
    } catch (error) {
      const facts = factsOf(error);
      throw isFinal(facts) ? new LetterRefused(facts) : new MailerUnavailable(facts);
    }
  }

  override close(): void {
    this.closing.abort();
    this.transport.close();
  }
}

function factsOf(error: unknown): MailFailureFacts {
  const { code, responseCode, command } = error as { code?: unknown; responseCode?: unknown; command?: unknown };
  return {
    code: typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown',
    ...(typeof responseCode === 'number' ? { replyCode: responseCode } : {}),
    ...(typeof command === 'string' ? { command } : {}),
  };
}

/**
 * A lasting refusal of the recipient or of the letter itself. A sender or password that is refused is ours to mend, and until
 * then letters wait.
 */
function isFinal({ code, replyCode = 0, command = '' }: MailFailureFacts): boolean {
  const isLetters = command === 'RCPT TO' || command === 'DATA' || (command === 'API' && code === 'EENVELOPE');
  return isLetters && (replyCode >= 500 || command === 'API');
}
