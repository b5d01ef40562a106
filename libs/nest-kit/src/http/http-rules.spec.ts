import { eventually, freePort } from '@gatehouse/testing';
import { createLogger, Metrics } from '@gatehouse/observability';
import { Body, Controller, Delete, Get, HttpCode, Module, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IsString, Length } from 'class-validator';
import 'reflect-metadata';
import { connect, type Socket } from 'node:net';
import { createHttpApp, Drain, Unwrapped } from '../index.js';

class NoteRequest {
  @IsString() @Length(1, 20) text!: string;
}

const reached: string[] = [];

@Controller('notes')
class NotesController {
  @Get() list(): string[] {
    reached.push('list');
    return ['one', 'two'];
  }
  @Post() @HttpCode(200) add(@Body() { text }: NoteRequest): { text: string } {
    reached.push('add');
    return { text };
  }
  @Delete(':id') remove(@Param('id') id: string): { id: string } {
    reached.push('remove');
    return { id };
  }
  @Get('live') live(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const text of [': hello\n\n', ': still here\n\n']) reply.raw.write(text);
    reply.raw.once('close', () => reached.push('live has ended'));
  }
  @Post('whole') @HttpCode(200) whole(@Req() { body }: FastifyRequest): unknown {
    return body;
  }
  @Get('named') named(@Query('page') page?: string): string {
    return page ?? '';
  }
  @Unwrapped() @Get('standard') standard(): string {
    return 'as it is';
  }
  @Get('smuggled') smuggled(): string {
    reached.push('smuggled');
    return 'reached';
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

let app: NestFastifyApplication;
let port: number;
const lines: string[] = [];
beforeAll(async () => {
  app = await createHttpApp(NotesModule, {
    logger: createLogger({ service: 'notes', destination: { write: (line: string) => void lines.push(line) } }),
    metrics: new Metrics('notes', { processFigures: false }),
    drain: new Drain(),
    arrivalTimeoutMs: 500,
  });
  port = await freePort();
  await app.listen(port, '127.0.0.1');
});
afterAll(() => app.close());
beforeEach(() => {
  reached.length = 0;
});

const staying: Socket[] = [];
afterEach(() => {
  for (const socket of staying.splice(0)) socket.destroy();
});

/**
 * Sends bytes as they are and reads until the server has said all it will.
 *
 * @param stays - keeps our half of the connection open, which no decent client does
 */
function exchange(text: string, { stays = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: stays });
    if (stays) staying.push(socket);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    // A server that closes with bytes unread resets the connection: what it said before counts.
    socket.on('error', (error) => (received ? undefined : reject(error)));
    socket.on(stays ? 'end' : 'close', () => resolve(received));
    socket.write(Buffer.from(text, 'latin1'));
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function answersIn(text: string): Answer[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3})/)
    .filter(Boolean)
    .map((one) => {
      const [head = '', body = ''] = one.split('\r\n\r\n');
      const [statusLine = '', ...fields] = head.split('\r\n');
      const headers = Object.fromEntries(
        fields.map((field) => [
          field.slice(0, field.indexOf(':')).toLowerCase(),
          field.split(': ').slice(1).join(': '),
        ]),
      );
      return { status: Number(statusLine.split(' ')[1]), headers, body };
    });
}

async function ask(method: string, path: string, fields: string[] = [], body = ''): Promise<Answer> {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...fields];
  const answers = answersIn(await exchange(`${head.join('\r\n')}\r\n\r\n${body}`));
  expect(answers).toHaveLength(1);
  return answers[0] as Answer;
}

const codeOf = ({ body }: Answer) => (JSON.parse(body) as { error: { code: string } }).error.code;
const json = (body: string) => ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];

describe('a path that is served with other methods (R12)', () => {
  it.each([
    ['PUT', '/notes', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/notes', 'GET, HEAD, OPTIONS, POST'],
    ['PATCH', '/notes?a=b', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/notes/7', 'DELETE, OPTIONS'],
    ['HEAD', '/notes/7', 'DELETE, OPTIONS'],
    ['POST', '/notes/smuggled', 'DELETE, GET, HEAD, OPTIONS'],
    ['TRACE', '/notes', 'GET, HEAD, OPTIONS, POST'],
    ['PROPFIND', '/notes', 'GET, HEAD, OPTIONS, POST'],
    ['PUT', 'http://x/notes', 'GET, HEAD, OPTIONS, POST'],
  ])('%s %s is answered with 405 and those', async (method, path, allow) => {
    const answer = await ask(method, path, ['X-Secret: do not echo']);
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    if (method === 'HEAD') expect(answer.body).toBe('');
    else expect(codeOf(answer)).toBe('METHOD_NOT_ALLOWED');
    expect(JSON.stringify(answer)).not.toContain('do not echo');
    expect(reached).toEqual([]);
  });

  it('tells them when asked', async () => {
    const answer = await ask('OPTIONS', '/notes');
    expect([answer.status, answer.headers['allow'], answer.body]).toEqual([204, 'GET, HEAD, OPTIONS, POST', '']);
    expect(reached).toEqual([]);
  });

  it('says so before a body is sent, however long it is said to be', async () => {
    const answer = await ask('PUT', '/notes', ['Content-Type: text/plain', 'Content-Length: 99999999']);
    expect(answer.status).toBe(405);
  });

  it('is none where nothing is served', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await ask(method, '/nowhere');
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 404, undefined]);
    }
  });
});

it('answers HEAD as GET, without the body (R12)', async () => {
  const [get, head] = [await ask('GET', '/notes'), await ask('HEAD', '/notes')];
  const names = ['content-type', 'content-length', 'cache-control', 'x-content-type-options'];
  const of = ({ headers }: Answer) => names.map((name) => headers[name]);
  expect([head.status, head.body]).toEqual([200, '']);
  expect(of(head)).toEqual(of(get));
  expect(Number(head.headers['content-length'])).toBe(get.body.length);
});

it('answers HEAD of a stream that has no end, and what comes behind it on the connection (R12)', async () => {
  const requests =
    'HEAD /notes/live HTTP/1.1\r\nHost: x\r\n\r\nGET /notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const [head, get] = answersIn(await exchange(requests));
  expect([head?.status, head?.headers['content-type'], head?.body]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    '',
  ]);
  expect(get?.status).toBe(200);
  await eventually(() => expect([...reached].sort()).toEqual(['list', 'live has ended']));
});

it.each([
  ['what is found', 'GET', '/notes', 200],
  ['what is not', 'GET', '/nowhere', 404],
  ['a path that cannot be one', 'GET', '/notes/%', 400],
  ['a path too long', 'DELETE', `/notes/${'x'.repeat(300)}`, 414],
  ['headers too long', 'GET', `/notes?${'x'.repeat(17_000)}`, 431],
  ['another method', 'PUT', '/notes', 405],
])(
  'every answer has a type, and tells nothing of what runs here: %s (R12, R17)',
  async (_what, method, path, status) => {
    const { headers, ...answer } = await ask(method, path);
    expect(answer.status).toBe(status);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-request-id']).toMatch(/^[\w.-]{8,}$/);
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-powered-by']));
    expect(answer.body).not.toMatch(/fastify|nest|node/i);
  },
);

describe('headers that two readers could read in two ways', () => {
  const note = '{"text":"hi"}';
  it.each([
    ['two hosts', ['Host: y']],
    ['two types', [...json(note), 'content-TYPE: text/plain']],
    ['two types that agree', [...json(note), 'Content-Type: application/json']],
  ])('%s are refused (R14)', async (_what, fields) => {
    const answer = await ask('POST', '/notes', fields, note);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(reached).toEqual([]);
  });

  it.each([
    'application/json; charset=utf-7',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-16; charset=utf-8',
    'application/json; charset="utf-16"',
    'application/json; charset=',
    'application/json;CHARSET=ISO-8859-1',
    'application/json, text/plain',
    'application/jsonp',
    'application/json+xml',
    'text/json',
    'application/x-www-form-urlencoded; application/json',
    'json',
    '*/*',
  ])('a body of %s is refused', async (type) => {
    const fields = [`Content-Type: ${type}`, `Content-Length: ${note.length}`];
    const answer = await ask('POST', '/notes', fields, note);
    expect([answer.status, codeOf(answer)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(reached).toEqual([]);
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset="UTF-8"',
    'application/json; charset=utf-8',
  ])('a body of %s is read', async (type) => {
    const fields = [`Content-Type: ${type}`, `Content-Length: ${note.length}`];
    expect((await ask('POST', '/notes', fields, note)).status).toBe(200);
  });

  it('an expectation nobody can meet is told so', async () => {
    expect((await ask('POST', '/notes', [...json(note), 'Expect: the-moon'], note)).status).toBe(417);
  });
});

describe('a message whose end is in doubt is refused, and what follows it is no request (R14)', () => {
  const smuggled = 'GET /notes/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const message = (fields: string[], body: string, start = 'POST /notes HTTP/1.1\r\nHost: x') =>
    `${[start, 'Content-Type: application/json', ...fields].join('\r\n')}\r\n\r\n${body}`;
  it.each([
    ['a length and chunks', message(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`)],
    ['chunks and a length', message(['Transfer-Encoding: chunked', 'Content-Length: 4'], `5c\r\n${smuggled}0\r\n\r\n`)],
    ['two lengths', message(['Content-Length: 0', 'Content-Length: 44'], smuggled)],
    ['two lengths in one', message(['Content-Length: 0, 44'], smuggled)],
    ['a length with a sign', message(['Content-Length: +0'], smuggled)],
    ['a length that is negative', message(['Content-Length: -1'], smuggled)],
    ['a length in hexadecimal', message(['Content-Length: 0x2c'], smuggled)],
    ['a length behind a blank name', message(['Content-Length : 0'], smuggled)],
    ['chunks that are not the last coding', message(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`)],
    ['chunks by another name', message(['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`)],
    ['chunks twice', message(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${smuggled}`)],
    ['chunks behind a blank name', message(['Transfer-Encoding : chunked'], `0\r\n\r\n${smuggled}`)],
    ['a folded header', message(['Transfer-Encoding:\r\n chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`)],
    ['a chunk of no length', message(['Transfer-Encoding: chunked'], `\r\nx\r\n${smuggled}`)],
    ['a chunk whose length is odd', message(['Transfer-Encoding: chunked'], `0x1\r\na\r\n0\r\n\r\n${smuggled}`)],
    ['lines that end in half', `POST /notes HTTP/1.1\nHost: x\nContent-Length: 0\n\n${smuggled}`],
    ['a header without a colon', message(['Content-Length 0'], smuggled)],
    ['a name with a control character', message(['Content-\x01Length: 0'], smuggled)],
    ['a value with a zero byte', message(['X-A: a\x00b', 'Content-Length: 0'], smuggled)],
    ['a version that is none', message(['Content-Length: 0'], smuggled, 'POST /notes HTTP/9.9\r\nHost: x')],
    ['a method that is none', message(['Content-Length: 0'], smuggled, 'POST\x00 /notes HTTP/1.1\r\nHost: x')],
  ])('%s', async (_what, text) => {
    const [answer, ...more] = answersIn(await exchange(text));
    expect([answer?.status, more]).toEqual([400, []]);
    expect(reached).toEqual([]);
  });

  it('while two requests that are plain are answered in their order', async () => {
    const last = smuggled.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const first = message(['Content-Length: 13'], '{"text":"hi"}');
    const chunked = message(['Transfer-Encoding: chunked'], 'd\r\n{"text":"hi"}\r\n0\r\n\r\n');
    const answers = answersIn(await exchange(first + chunked + last));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([...reached].sort()).toEqual(['add', 'add', 'smuggled']);
  });

  it('and one that names no host is none', async () => {
    const [answer, ...more] = answersIn(await exchange('GET /notes HTTP/1.1\r\n\r\n'));
    expect([answer?.status, more, reached]).toEqual([400, [], []]);
  });

  it('and an upgrade nobody offers is an ordinary request', async () => {
    const fields = ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
    expect((await ask('GET', '/notes', fields)).status).toBe(200);
    expect(await exchange('CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toBe('');
  });

  it('as is a body over the limit that does not say how long it is', async () => {
    const chunk = `1000\r\n${'x'.repeat(4_096)}\r\n`;
    const [answer, ...more] = answersIn(
      await exchange(message(['Transfer-Encoding: chunked'], chunk.repeat(8) + smuggled)),
    );
    expect([answer?.status, more]).toEqual([413, []]);
    expect(reached).toEqual([]);
  });
});

const connections = () =>
  new Promise((resolve) => app.getHttpServer().getConnections((_error: Error | null, count: number) => resolve(count)));

describe('whoever takes too long to say something is answered, and let go of', () => {
  it.each([
    ['a body that does not come', `POST /notes HTTP/1.1\r\nHost: x\r\n${json('x'.repeat(20)).join('\r\n')}\r\n\r\n{`],
    ['headers that do not end', 'GET /notes HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ])('%s', async (_what, text) => {
    const [answer] = answersIn(await exchange(text, { stays: true }));
    expect([answer?.status, answer && codeOf(answer)]).toEqual([408, 'REQUEST_TIMEOUT']);
    expect(answer?.headers['connection']).toBe('close');
    expect(reached).toEqual([]);
    // Though the client does nothing for it.
    await eventually(async () => expect(await connections()).toBe(0));
  });
});

it('does not call any of this an error of its own', () => {
  expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});

describe('a route', () => {
  const detailsOf = ({ body }: Answer) => (JSON.parse(body) as { error: { details: unknown } }).error.details;
  const undeclared = (...fields: string[]) => fields.map((field) => ({ field, rule: 'whitelistValidation' }));

  it('that takes no body refuses one that says something, naming what it says and repeating nothing of it (C19)', async () => {
    const body = '{"isAdmin":"do not echo","id":"8"}';
    const answer = await ask('DELETE', '/notes/7', json(body), body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_ERROR']);
    expect(detailsOf(answer)).toEqual(undeclared('isAdmin', 'id'));
    expect(answer.body).not.toContain('do not echo');
    expect(reached).toEqual([]);
  });

  it('that takes no body does not mind an empty one', async () => {
    for (const fields of [[], json(''), json('{}')]) {
      const body = fields.at(-1)?.endsWith(' 2') ? '{}' : '';
      expect((await ask('DELETE', '/notes/7', fields, body)).status).toBe(200);
    }
  });

  it('that takes no query refuses one (C19)', async () => {
    for (const query of ['?page=do+not+echo', '?page', '?page=1&page=2']) {
      const answer = await ask('GET', `/notes${query}`);
      expect([answer.status, detailsOf(answer)]).toEqual([400, undeclared('page')]);
      expect(answer.body).not.toContain('echo');
    }
    expect((await ask('GET', '/notes?')).status).toBe(200);
    expect(reached).toEqual(['list']);
  });

  it('names what nobody asked for in a hundred characters', async () => {
    const answer = await ask('GET', `/notes?${'a'.repeat(3_000)}`);
    expect(detailsOf(answer)).toEqual(undeclared('a'.repeat(100)));
  });

  it('that reads the request by itself, or answers as a standard has it, is left alone', async () => {
    const body = '{"a":1}';
    expect((await ask('POST', '/notes/whole', json(body), body)).body).toBe('{"success":true,"data":{"a":1}}');
    expect((await ask('GET', '/notes/named?page=2')).body).toBe('{"success":true,"data":"2"}');
    expect((await ask('GET', '/notes/standard?page=2')).status).toBe(200);
  });
});
