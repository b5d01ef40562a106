import { createHash } from 'node:crypto';

/** One thing to do next. */
export interface PageAction {
  readonly label: string;
  /** Path of our own, or an address of a provider. */
  readonly href: string;
}

/** A page of the gateway's own. All of it is text: nothing here is taken for markup. */
export interface Page {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly actions: readonly PageAction[];
  /** Things of which one is to be chosen, above the actions. */
  readonly choices?: readonly PageAction[];
  /** A button that sends an empty form by POST, before the actions. */
  readonly button?: { readonly label: string; readonly action: string };
  /** What to tell support. */
  readonly reference?: string;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2330;--soft:#566074;--paper:#fff;--ground:#f2f4f8;--line:#d9dee8;--act:#1f4fd1;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e9ecf3;--soft:#a6b0c3;--paper:#1b202b;--ground:#12151c;--line:#333b4b;--act:#8fb0ff;--on:#10141d}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.25rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:30rem;padding:2rem 1.75rem;background:var(--paper);border:1px solid var(--line);border-radius:.875rem}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
p{margin:0 0 1rem}
.site{margin:0 0 1.25rem;color:var(--soft);font-size:.9375rem;overflow-wrap:anywhere}
.do{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:1.5rem 0 0}
form{margin:0}
button,a.go{display:inline-block;min-height:2.75rem;padding:.625rem 1.25rem;border:1px solid var(--act);border-radius:.5rem;background:var(--act);color:var(--on);font:inherit;font-weight:600;line-height:1.4;text-decoration:none;cursor:pointer}
ul{display:grid;gap:.75rem;margin:1.5rem 0 0;padding:0;list-style:none}
li a.go{display:block;text-align:center;overflow-wrap:anywhere}
a{color:var(--act)}
a.more{display:inline-block;padding:.625rem .25rem}
:focus-visible{outline:3px solid var(--act);outline-offset:3px}
.ref{margin:1.5rem 0 0;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.875rem}
code{font:.875em/1.4 ui-monospace,Consolas,monospace;overflow-wrap:anywhere}
`.replaceAll('\n', '');

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * What a page of ours may do: show itself and send its form, nothing else.
 *
 * @param formTargets - origins beside our own that a form may end up at: browsers apply `form-action` to redirects as well
 */
export function pagePolicy(formTargets: readonly string[] = []): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** @param site - our own host, so that a reader sees whose page this is */
export function renderPage(page: Page, site: string): string {
  const { title, paragraphs, choices = [], button, actions, reference } = page;
  const isFirst = (index: number) => index === 0 && button === undefined;
  const doing = [
    ...(button
      ? [
          `<form method="post" action="${text(button.action)}"><button type="submit">${text(button.label)}</button></form>`,
        ]
      : []),
    ...actions.map(
      ({ label, href }, index) =>
        `<a class="${isFirst(index) ? 'go' : 'more'}" href="${text(href)}">${text(label)}</a>`,
    ),
  ];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">',
    `<title>${text(title)}</title><style>${STYLE}</style></head><body><main>`,
    `<p class="site">${text(site)}</p><h1>${text(title)}</h1>`,
    ...paragraphs.map((paragraph) => `<p>${text(paragraph)}</p>`),
    choices.length > 0 ? `<ul role="list">${choices.map(choice).join('')}</ul>` : '',
    doing.length > 0 ? `<div class="do">${doing.join('')}</div>` : '',
    reference === undefined ? '' : `<p class="ref">Request <code>${text(reference)}</code></p>`,
    '</main></body></html>\n',
  ].join('');
}

const choice = ({ label, href }: PageAction) => `<li><a class="go" href="${text(href)}">${text(label)}</a></li>`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const text = (raw: string) => raw.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
