import { createHash } from 'node:crypto';
import { escapeHtml } from '../../mail/render-letter.js';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2430; background: #f3f5f8; margin: 0; }
main { max-width: 32rem; margin: 12vh auto 2rem; padding: 1.5rem; background: #fff; border: 1px solid #d9dee6; border-radius: 8px; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .6rem; }
p { margin: .6rem 0; overflow-wrap: anywhere; }
a.action { display: inline-block; margin-top: .6rem; padding: .6rem 1.2rem; border-radius: 4px; background: #1f4f8f; color: #fff; text-decoration: none; }
a.action:focus-visible { outline: 3px solid #8fb4e6; outline-offset: 2px; }
small { color: #56606e; }
@media (prefers-color-scheme: dark) {
  body { color: #e9ecf3; background: #12151c; }
  main { background: #1b202b; border-color: #333b4b; }
  a.action { background: #8fb0ff; color: #10141d; }
  small { color: #a6b0c3; }
}
@media (max-width: 36rem) { main { margin: 0; min-height: 100vh; box-sizing: border-box; border: 0; border-radius: 0; } }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** What these pages may load: their own style, and nothing else. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface OAuthPage {
  readonly title: string;
  readonly sentences: readonly string[];
  /** Never followed by itself: a page that leads back by itself is how loops begin. */
  readonly action?: { readonly label: string; readonly href: string };
  /** For whoever is asked for help. */
  readonly requestId: string;
}

/** A page for somebody whose sign-in came to nothing. Everything is escaped, and nothing of it is a provider's words. */
export function renderOAuthPage({ title, sentences, action, requestId }: OAuthPage): string {
  const link = action
    ? `<p><a class="action" href="${escapeHtml(action.href)}">${escapeHtml(action.label)}</a></p>`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('\n')}
${link}
<p><small>Request ${escapeHtml(requestId)}</small></p>
</main>
</body>
</html>
`;
}
