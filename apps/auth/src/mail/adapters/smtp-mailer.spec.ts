import { freePort } from '@gatehouse/testing';
import { LOCALHOST } from '../../../test/localhost-certificate.js';
import { startScriptedSmtp, startSmtp } from '../../../test/smtp.js';
import { type Letter, LetterRefused, MailerUnavailable } from '../mailer.port.js';
import { SmtpMailer, type SmtpSettings } from './smtp-mailer.js';

const letter: Letter = {
  to: 'ada@example.test',
  subject: 'Grüße aus der Poststelle',
  text: 'Plain words, a link: https://app.example.test/reset-password#token=abc\n',
  html: '<p>Simple words</p>\n',
};

const mailers = new Set<SmtpMailer>();
afterEach(() => {
  for (const mailer of mailers) mailer.close();
  mailers.clear();
});

function aMailer(given: Partial<SmtpSettings> & { port: number }): SmtpMailer {
  const mailer = new SmtpMailer({
    host: 'localhost',
    tls: 'starttls',
    from: 'Gatehouse <no-reply@example.test>',
    ca: LOCALHOST.cert,
    ...given,
  });
  mailers.add(mailer);
  return mailer;
}

const failure = (sending: Promise<void>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error as LetterRefused | MailerUnavailable,
  );

describe('letters by SMTP', () => {
  it('arrive: sender, one recipient, both forms, and a name that stays the same', async () => {
    const server = await startSmtp();
    await aMailer({ port: server.port }).send(letter, 'order-1');
    const [mail] = server.received;
    expect(mail).toMatchObject({ from: 'no-reply@example.test', to: ['ada@example.test'], secure: true });
    expect(mail?.raw).toContain('Message-ID: <order-1@example.test>');
    expect(mail?.raw).toContain('Auto-Submitted: auto-generated');
    expect(mail?.raw).toMatch(/Content-Type: text\/plain; charset=utf-8[\s\S]*Content-Type: text\/html; charset=utf-8/);
    expect(mail?.raw).not.toContain('Grüße');
  });

  it('go over TLS from the first byte where that is asked for', async () => {
    const server = await startSmtp({ secure: true });
    await aMailer({ port: server.port, tls: 'implicit' }).send(letter, 'order-1');
    expect(server.received[0]?.secure).toBe(true);
  });

  it('go in the clear only where that is asked for', async () => {
    const server = await startSmtp();
    await aMailer({ port: server.port, tls: 'none' }).send(letter, 'order-1');
    expect(server.received[0]?.secure).toBe(false);
  });

  it('do not go to a server that offers no TLS, nor does the password', async () => {
    const heard: string[] = [];
    const server = await startScriptedSmtp((line, socket) => {
      heard.push(line);
      if (line === 'CONNECT') socket.write('220 plain\r\n');
      else if (line.startsWith('EHLO')) socket.write('250-plain\r\n250 AUTH PLAIN LOGIN\r\n');
      else socket.write('502 no\r\n');
    });
    const auth = { user: 'ada', password: 'lovelace' };
    const error = await failure(aMailer({ port: server.port, auth }).send(letter, 'order-1'));
    expect(error).toBeInstanceOf(MailerUnavailable);
    expect(heard.join('\n')).not.toMatch(/AUTH|MAIL FROM|bG92ZWxhY2U/);
  });

  it('do not go to a server whose certificate nobody vouches for, or that is made for another', async () => {
    const server = await startSmtp();
    const strangers = new SmtpMailer({ host: 'localhost', port: server.port, tls: 'starttls', from: 'a@example.test' });
    mailers.add(strangers);
    const error = await failure(strangers.send(letter, 'order-1'));
    expect(error).toBeInstanceOf(MailerUnavailable);
    expect(server.received).toEqual([]);
  });

  it('go with user and password', async () => {
    const server = await startSmtp({ disabledCommands: [] });
    await aMailer({ port: server.port, auth: { user: 'ada', password: 'lovelace' } }).send(letter, 'order-1');
    expect(server.received[0]).toMatchObject({ user: 'ada', secure: true });
  });

  it('wait when the server refuses our password, or our sender: that is not the letter’s fault', async () => {
    const server = await startSmtp({ disabledCommands: [] });
    const auth = { user: 'ada', password: 'wrong' };
    const refusedUs = await failure(aMailer({ port: server.port, auth }).send(letter, 'order-1'));
    expect(refusedUs).toBeInstanceOf(MailerUnavailable);
    expect(refusedUs?.facts).toMatchObject({ code: 'EAUTH', replyCode: 535 });
    const picky = await startSmtp({
      onMailFrom: (_address, _session, done) => done(Object.assign(new Error('not you'), { responseCode: 553 })),
    });
    expect(await failure(aMailer({ port: picky.port }).send(letter, 'order-1'))).toBeInstanceOf(MailerUnavailable);
  });

  it('are refused for good when the server will never have the recipient, or the letter', async () => {
    const no = (responseCode: number) => Object.assign(new Error('<ada@example.test> is nobody'), { responseCode });
    const nobody = await startSmtp({ onRcptTo: (_address, _session, done) => done(no(550)) });
    const refused = await failure(aMailer({ port: nobody.port }).send(letter, 'order-1'));
    expect(refused).toBeInstanceOf(LetterRefused);
    expect(refused?.facts).toMatchObject({ code: 'EENVELOPE', replyCode: 550, command: 'RCPT TO' });
    const choosy = await startSmtp({
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on('end', () => done(no(554)));
      },
    });
    expect(await failure(aMailer({ port: choosy.port }).send(letter, 'order-1'))).toBeInstanceOf(LetterRefused);
  });

  it('wait when the server asks for that (greylisting)', async () => {
    const later = Object.assign(new Error('try again'), { responseCode: 451 });
    const server = await startSmtp({ onRcptTo: (_address, _session, done) => done(later) });
    expect(await failure(aMailer({ port: server.port }).send(letter, 'order-1'))).toBeInstanceOf(MailerUnavailable);
  });

  it('wait when the server hangs up in the middle of one', async () => {
    const server = await startScriptedSmtp((line, socket) => {
      if (line === 'CONNECT') socket.write('220 fickle\r\n');
      else if (line.startsWith('EHLO')) socket.write('250 fickle\r\n');
      else if (line === 'DATA') socket.write('354 go on\r\n');
      else if (/^(?:MAIL|RCPT)/.test(line)) socket.write('250 fine\r\n');
      else socket.destroy();
    });
    const error = await failure(aMailer({ port: server.port, tls: 'none' }).send(letter, 'order-1'));
    expect(error).toBeInstanceOf(MailerUnavailable);
  });

  it.each([
    ['never greets', () => undefined],
    [
      'stops talking',
      (line: string, socket: { write(text: string): void }) => {
        if (line === 'CONNECT') socket.write('220 sleepy\r\n');
      },
    ],
    [
      'drips a line at a time, so that no single wait is long',
      (line: string, socket: { write(text: string): void; on(event: string, listener: () => void): void }) => {
        if (line === 'CONNECT') socket.write('220 slow\r\n');
        if (!line.startsWith('EHLO')) return;
        const timer = setInterval(() => socket.write('250-x\r\n'), 50);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('wait when the server %s, and not for longer than they may', async (_what, talk) => {
    const server = await startScriptedSmtp(talk);
    const startedMs = performance.now();
    const error = await failure(aMailer({ port: server.port, timeoutMs: 400 }).send(letter, 'order-1'));
    expect(error).toBeInstanceOf(MailerUnavailable);
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  });

  it('wait when there is no server', async () => {
    const error = await failure(aMailer({ port: await freePort() }).send(letter, 'order-1'));
    expect(error).toBeInstanceOf(MailerUnavailable);
  });

  it('go to one mailbox, whatever stands in the address, and carry no header of a stranger', async () => {
    const server = await startSmtp();
    const mailer = aMailer({ port: server.port });
    const subject = 'Hello\r\nBcc: eve@example.test';
    await mailer.send({ ...letter, subject }, 'order-1');
    expect(server.received).toHaveLength(1);
    const hostile = [
      '"a, eve@example.test"@example.test',
      'ada@example.test, eve@example.test',
      'ada@example.test\r\nBcc: eve@example.test',
      'Ada <eve@example.test>',
    ];
    for (const to of hostile) await failure(mailer.send({ ...letter, to, subject }, 'order-1'));
    for (const mail of server.received) {
      expect(mail.to).toHaveLength(1);
      expect(mail.to).not.toContain('eve@example.test');
      expect(mail.raw).not.toMatch(/^Bcc:/im);
    }
  });

  it('tell of a failure in codes: what servers say names the address', async () => {
    const no = Object.assign(new Error('<ada@example.test> is nobody'), { responseCode: 550 });
    const server = await startSmtp({ onRcptTo: (_address, _session, done) => done(no) });
    const error = await failure(aMailer({ port: server.port }).send(letter, 'order-1'));
    expect(JSON.stringify([error?.message, error?.facts, error?.cause])).not.toContain('ada@');
  });
});
