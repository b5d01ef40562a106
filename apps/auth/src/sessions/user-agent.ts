import Bowser from 'bowser';

/** Long enough for every real user agent; bounds the work of parsing one. */
const MAX_USER_AGENT_LENGTH = 512;

/** What a user agent says of itself, as far as it is a known one. */
export interface Agent {
  /** The browser, or the program that stands for one. */
  readonly browser: string | null;
  readonly os: string | null;
  /** `desktop`, `mobile`, `tablet`, `tv`, `bot`. */
  readonly type: string | null;
  /** Where the name of the device says more than that of its system. */
  readonly model: string | null;
}

const NOTHING: Agent = { browser: null, os: null, type: null, model: null };

/** Programs that name themselves first, as `name/version`, and are no browsers. */
const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['curl', 'curl'],
  ['wget', 'Wget'],
  ['httpie', 'HTTPie'],
  ['postmanruntime', 'Postman'],
  ['insomnia', 'Insomnia'],
  ['bruno', 'Bruno'],
  ['okhttp', 'Android app'],
  ['dart', 'Flutter app'],
  ['python-requests', 'Python'],
  ['python-httpx', 'Python'],
  ['python-urllib', 'Python'],
  ['aiohttp', 'Python'],
  ['go-http-client', 'Go'],
  ['java-http-client', 'Java'],
  ['apache-httpclient', 'Java'],
  ['node', 'Node.js'],
  ['node-fetch', 'Node.js'],
  ['undici', 'Node.js'],
  ['axios', 'Node.js'],
  ['ruby', 'Ruby'],
  ['guzzlehttp', 'PHP'],
]);

/** What Bowser knows by name. What it does not, it calls whatever stands before a slash. */
const BROWSERS: ReadonlySet<string> = new Set([...Object.values(Bowser.BROWSER_MAP), 'Miui', 'Opera Touch']);

/** Names that are shorter than Bowser's, and as clear. */
const SHORTER: ReadonlyMap<string, string> = new Map([
  ['Microsoft Edge', 'Edge'],
  ['Samsung Internet for Android', 'Samsung Internet'],
]);

const APPLE_DEVICES: ReadonlySet<string> = new Set(['iPhone', 'iPad', 'iPod Touch']);

/** Most people share a few user agents, and one is taken apart several times a sign-in and once for each session shown. */
const MAX_KNOWN = 500;
const known = new Map<string, Agent>();

/** A user agent taken apart. Anything unknown is nothing: what a stranger writes must not be shown as the name of a program. */
export function agentOf(userAgent: string): Agent {
  const text = userAgent.slice(0, MAX_USER_AGENT_LENGTH);
  const found = known.get(text);
  if (found) return found;
  const agent = takenApart(text);
  // The oldest goes: whoever invents user agents costs others no more than their being taken apart again.
  if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? '');
  known.set(text, agent);
  return agent;
}

function takenApart(text: string): Agent {
  const program = PROGRAMS.get((/^[A-Za-z-]+/.exec(text)?.[0] ?? '').toLowerCase());
  if (program !== undefined) return { ...NOTHING, browser: program };
  // Apps of Apple's systems name themselves before it, in words of their own.
  if (/ CFNetwork\/[\d.]+ Darwin\//.test(text)) return { ...NOTHING, browser: 'Apple app' };
  if (text === '') return NOTHING;
  const { browser, os, platform } = Bowser.parse(text);
  const name = browser.name !== undefined && BROWSERS.has(browser.name) ? browser.name : null;
  return {
    browser: name && (SHORTER.get(name) ?? name),
    os: os.name ?? null,
    type: platform.type ?? null,
    model: platform.model !== undefined && APPLE_DEVICES.has(platform.model) ? platform.model : null,
  };
}
