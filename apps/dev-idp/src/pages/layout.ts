import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #f3f4f6; --line: #c7ccd3; --accent: #0b57d0; --warn: #7a4100; --warn-paper: #fff1d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff3; --paper: #15181d; --soft: #21262e; --line: #444c57; --accent: #a8c7fa; --warn: #ffd99b; --warn-paper: #3a2a0d; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--soft); overflow-wrap: anywhere; }
.banner { padding: .75rem 1rem; color: var(--warn); background: var(--warn-paper); border-bottom: 3px solid currentColor; text-align: center; font-weight: 600; }
main { max-width: 30rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0 1rem; }
ul { list-style: none; margin: 0; padding: 0; }
li { margin: 0 0 .75rem; }
button, .button { display: block; width: 100%; min-height: 3rem; padding: .75rem 1rem; font: inherit; text-align: left; text-decoration: none; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; cursor: pointer; }
button:hover, .button:hover { border-color: var(--accent); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button strong, button span { display: block; }
button span { font-size: .9rem; }
button.plain { text-align: center; background: none; }
button.main { text-align: center; font-weight: 600; }
a { color: var(--accent); }
code { font-size: .9em; }
dl { margin: 0; } dt { font-weight: 600; } dd { margin: 0 0 .75rem; }
`;

/** The scripts there are. */
const SCRIPTS = {
  /** A form that is submitted without its button does not say `yes`. */
  'press the first button': `document.querySelector('button').click()`,
  /** Frames count as part of the page, so it is loaded once they have answered; one that never does is not waited for. */
  'go on': `const goOn = () => location.replace(document.getElementById('next').href);
addEventListener('load', goOn);
setTimeout(goOn, 5000);`,
} as const;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Nothing but what the page itself holds, and frames of the origins given; a form leads on only to the origins given, which is
 * where the provider sends people after it.
 */
export function contentSecurityPolicy(targets: {
  readonly forms?: readonly string[];
  readonly frames?: readonly string[];
}): string {
  const { forms = [], frames = [] } = targets;
  return [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${Object.values(SCRIPTS).map(hashOf).join(' ')}`,
    `form-action 'self' ${[...new Set(forms)].join(' ')}`.trim(),
    ...(frames.length > 0 ? [`frame-src ${[...new Set(frames)].join(' ')}`] : []),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** A whole page. `body` is HTML; pass what others wrote through {@link escaped} first. */
export function page(title: string, body: string, script?: keyof typeof SCRIPTS): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)} – development identity provider</title>
<style>${STYLE}</style>
</head>
<body>
<div class="banner" role="note">Development identity provider. Anybody can sign in as anybody, without a password. Never use it in production.</div>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>${script ? `\n<script>${SCRIPTS[script]}</script>` : ''}
</body>
</html>
`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
