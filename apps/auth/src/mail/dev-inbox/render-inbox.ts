import type { KeptLetter } from '../adapters/inbox-mailer.js';
import { escapeHtml } from '../render-letter.js';

/** Of the inbox, and of the pages beside it. */
export const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; color: #1c2430; background: #f3f5f8; margin: 0; }
  main { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; margin-bottom: .2rem; }
  header p { color: #56606e; margin-top: 0; }
  article { background: #fff; border: 1px solid #d9dee6; border-radius: 8px; padding: 1rem 1.2rem; margin: 1rem 0; overflow-wrap: anywhere; }
  article h2 { font-size: 1.05rem; margin: 0; }
  article .facts { color: #56606e; font-size: .875rem; margin: .2rem 0 .8rem; }
  article pre { white-space: pre-wrap; font: inherit; margin: 0; }
  a { color: #1f4f8f; }
`;

/** What this page may load: its own style, and nothing else. */
export const INBOX_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/** A page with the letters, as plain text with their links. */
export function renderInbox(letters: readonly KeptLetter[]): string {
  const list = letters.length === 0 ? '<p>No mail yet. Sign up, or ask for a new password.</p>' : letters.map(article);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox of this machine</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Inbox of this machine</h1>
<p>Mail this service would have sent. Newest first; gone with the process. Name a mail server (SMTP_URL) to send it.</p>
</header>
${[list].flat().join('\n')}
</main>
</body>
</html>
`;
}

function article({ to, subject, text, sentAtMs }: KeptLetter): string {
  const time = new Date(sentAtMs).toISOString();
  return `<article>
<h2>${escapeHtml(subject)}</h2>
<p class="facts">to ${escapeHtml(to)} · <time datetime="${time}">${time}</time></p>
<pre>${withLinks(text)}</pre>
</article>`;
}

function withLinks(text: string): string {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part) => {
      const safe = escapeHtml(part);
      return /^https?:\/\//.test(part) ? `<a href="${safe}" rel="noreferrer">${safe}</a>` : safe;
    })
    .join('');
}
