import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { LOCALHOST } from './localhost-certificate.js';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came over the wire. */
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface SmtpServer {
  readonly port: number;
  readonly received: ReceivedMail[];
  /** Connections so far. */
  readonly connections: () => number;
  stop(): Promise<void>;
}

const running = new Set<() => Promise<void>>();

// A test that fails before it stops its server must not keep the run from ending.
afterAll(async () => {
  await Promise.all([...running].map((stop) => stop()));
});

/** An SMTP server over a real socket that keeps what it is given. Takes `ada` with `lovelace` where it asks who is there. */
export async function startSmtp(options: SMTPServerOptions = {}, port = 0): Promise<SmtpServer> {
  const received: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    ...LOCALHOST,
    disabledCommands: options.disabledCommands ?? ['AUTH'],
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'ada' && password === 'lovelace') done(null, { user: username });
      else done(new Error('no such user'));
    },
    onConnect: (_session, done) => {
      connections++;
      done();
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          secure: session.secure,
          user: session.user as string | undefined,
        });
        done();
      });
    },
    ...options,
  });
  // Clients that go away in the middle are what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      running.delete(stop);
      server.close(() => resolve());
    });
  running.add(stop);
  return { port: (server.server.address() as AddressInfo).port, received, connections: () => connections, stop };
}

/** A server that says what it is told to, line by line, for what no well-behaved server does. */
export async function startScriptedSmtp(talk: (line: string, socket: Socket) => void): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    talk('CONNECT', socket);
    socket.on('data', (data) => {
      for (const line of data.toString('utf8').split('\r\n').filter(Boolean)) talk(line, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      running.delete(stop);
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  running.add(stop);
  return { port: (server.address() as AddressInfo).port, received: [], connections: () => connections, stop };
}
