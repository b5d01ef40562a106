/** What an account of docker/redis/users.acl can do at Redis, and what it cannot: commands as somebody would type them. */
export interface Rights {
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}

/** What nobody may, whoever it is. */
export const FOR_NOBODY = [
  'FLUSHALL',
  'FLUSHDB',
  'KEYS *',
  'SCAN 0',
  // In the configuration there is the password of replicas, who get all there is.
  'CONFIG GET masterauth',
  'CONFIG SET maxmemory-policy allkeys-lru',
  'ACL LIST',
  'ACL SETUSER x on nopass +@all',
  'MONITOR',
  'DEBUG SLEEP 1',
  'SHUTDOWN',
  'MODULE LIST',
  'FUNCTION LOAD x',
  'FUNCTION FLUSH',
  'SCRIPT FLUSH',
  'SWAPDB 0 1',
  'RANDOMKEY',
  'CLIENT LIST',
  'PSUBSCRIBE *',
];

const READ_FEED = ['XRANGE rev:log - +', 'GET rev:key-bundle', 'SUBSCRIBE token_invalidation', 'SUBSCRIBE key_bundle'];
const REPORT = ['XADD rev:receipts * a b', 'XADD rev:activity * a b'];
/** Of whoever could end sessions for others, mint identities, or learn who is signed in. */
const OF_AUTH_ALONE = [
  'XADD rev:log * a b',
  'XTRIM rev:log MAXLEN 0',
  'DEL rev:log',
  'SET rev:key-bundle x',
  'PUBLISH token_invalidation {}',
  'PUBLISH key_bundle {}',
  'SUBSCRIBE session_events',
  'XRANGE rev:receipts - +',
  'XRANGE rev:activity - +',
  'GET session:{u1}:index',
  'EVAL return 1 session:{u1}:index',
];

/** By the account's name. */
export const RIGHTS: Readonly<Record<string, Rights>> = {
  'gatehouse-auth': {
    may: [
      ...READ_FEED,
      'XADD rev:log * a b',
      'SET rev:key-bundle x',
      'PUBLISH token_invalidation {}',
      'PUBLISH session_events {}',
      'XRANGE rev:receipts - +',
      'EVAL return 1 session:{u1}:index',
      'EVAL return 1 limit:{x}:y',
      'SET idempotency:x y',
      'TIME',
      'INFO',
    ],
    mayNot: ['GET gateway:session:x', 'SET other x', 'PUBLISH other x', 'SUBSCRIBE other', 'EVAL return 1 gateway:x'],
  },
  'gatehouse-orders': {
    may: [...READ_FEED, ...REPORT, 'PING', 'INFO'],
    mayNot: [...OF_AUTH_ALONE, 'GET gateway:session:x', 'GET limit:{x}:y', 'SET orders:x y'],
  },
  'gatehouse-gateway': {
    may: [
      ...READ_FEED,
      ...REPORT,
      'HGETALL gateway:session:x',
      'EVAL return 1 gateway:limit:x',
      'SET gateway:login:x y',
    ],
    mayNot: [...OF_AUTH_ALONE, 'GET limit:{x}:y', 'GET idempotency:x'],
  },
  'gatehouse-operator': {
    may: [
      ...READ_FEED,
      'XADD rev:log * a b',
      'EVAL return 1 session:{u1}:index',
      'PUBLISH token_invalidation {}',
      'PUBLISH token_invalidation:doctor:x y',
      'XRANGE rev:receipts - +',
      'ROLE',
    ],
    mayNot: ['GET gateway:session:x', 'GET limit:{x}:y', 'GET idempotency:x', 'REPLICAOF NO ONE'],
  },
  exporter: {
    may: ['INFO', 'SLOWLOG LEN', 'LATENCY LATEST', 'LATENCY HISTOGRAM', 'CLIENT SETNAME x', 'PING'],
    // In the log of slow commands there are their arguments.
    mayNot: ['SLOWLOG GET', 'GET rev:key-bundle', 'DBSIZE', 'SUBSCRIBE token_invalidation', 'EVAL return 1 rev:log'],
  },
  health: {
    may: ['PING'],
    mayNot: ['INFO', 'GET rev:key-bundle', 'SUBSCRIBE token_invalidation', 'TIME'],
  },
  replica: {
    may: ['PING', 'PSYNC ? -1', 'REPLCONF listening-port 1'],
    mayNot: ['INFO', 'GET rev:key-bundle', 'SET rev:key-bundle x', 'REPLICAOF NO ONE'],
  },
  sentinel: {
    may: [
      'PING',
      'INFO',
      'REPLICAOF NO ONE',
      'CONFIG REWRITE',
      'CLIENT KILL TYPE normal',
      'PUBLISH __sentinel__:hello x',
      'SUBSCRIBE __sentinel__:hello',
    ],
    mayNot: ['GET rev:key-bundle', 'SET rev:key-bundle x', 'EVAL return 1 rev:log'],
  },
};

/** Words of a command. A script takes one key here, which is the last word. */
export function wordsOf(command: string): string[] {
  const [, script, key] = /^EVAL (.*) (\S+)$/.exec(command) ?? [];
  return script && key ? ['EVAL', script, '1', key] : command.split(' ');
}

/** The accounts of a `users.acl`, as arguments of redis-server; `hash` stands for every password. */
export function accountsIn(text: string, hash: string): { readonly name: string; readonly rules: string[] }[] {
  return [...text.matchAll(/^user (\S+) (.+)$/gm)].map(([, name = '', rules = '']) => ({
    name,
    rules: rules.replace(/#[A-Z]+_SHA256/, `#${hash}`).split(' '),
  }));
}
