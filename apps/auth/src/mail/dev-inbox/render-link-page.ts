import { createHash } from 'node:crypto';
import { escapeHtml } from '../render-letter.js';
import { STYLE as INBOX_STYLE } from './render-inbox.js';

/** A page a link leads to: what it asks, which route it posts to, and what it says then. */
export interface LinkPage {
  readonly title: string;
  readonly sentence: string;
  readonly button: string;
  /** Takes `{token}`, and `password` where {@link asksPassword}. */
  readonly route: string;
  readonly asksPassword: boolean;
  readonly done: string;
}

export const LINK_PAGES = {
  verifyEmail: {
    title: 'Confirm the address',
    sentence: 'Shows that the address the link was mailed to is yours.',
    button: 'Confirm the address',
    route: '/api/v1/auth/email/verify',
    asksPassword: false,
    done: 'The address is confirmed.',
  },
  resetPassword: {
    title: 'Set a new password',
    sentence: 'The link works once. All sessions end.',
    button: 'Set the password',
    route: '/api/v1/auth/password/reset',
    asksPassword: true,
    done: 'The new password stands. Sign in with it.',
  },
  restoreAccount: {
    title: 'Keep the account',
    sentence: 'It is to be deleted; this keeps it.',
    button: 'Keep the account',
    route: '/api/v1/auth/account/restore',
    asksPassword: false,
    done: 'The account stays. Sign in to use it.',
  },
} as const satisfies Record<string, LinkPage>;

const STYLE = `${INBOX_STYLE}
  main { max-width: 36rem; }
  article p { margin: .4rem 0 1rem; }
  label { display: block; margin: 1rem 0; }
  input { display: block; box-sizing: border-box; width: 100%; margin-top: .3rem; padding: .5rem; font: inherit; border: 1px solid #8a94a3; border-radius: 4px; }
  button { padding: .6rem 1.2rem; border: 0; border-radius: 4px; background: #1f4f8f; color: #fff; font: inherit; cursor: pointer; }
  button:disabled { opacity: .6; cursor: default; }
  input:focus-visible, button:focus-visible { outline: 3px solid #8fb4e6; outline-offset: 2px; }
  [role=status]:empty { display: none; }
`;

/**
 * The token leaves the address bar and the history as soon as it is read, and goes out in a body, without cookies. Not before somebody
 * presses the button: whoever only looks at links must not use them up.
 */
const SCRIPT = `
  const form = document.querySelector('form');
  const said = document.querySelector('[role=status]');
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  history.replaceState(null, '', location.pathname);
  addEventListener('hashchange', () => location.reload());
  const finish = (text) => { form.hidden = true; said.textContent = text; };
  if (!token) finish('This address has no token. Follow the link in the mail once more.');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    const password = form.querySelector('input');
    button.disabled = true;
    said.textContent = '';
    try {
      const answer = await fetch(form.dataset.route, {
        method: 'POST',
        credentials: 'omit',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(password ? { token, password: password.value } : { token }),
      });
      const { error } = await answer.json();
      if (answer.ok) finish(form.dataset.done);
      else said.textContent = error.message + ' (' + [error.code, ...(error.details?.reasons ?? [])].join(', ') + ')';
    } catch {
      said.textContent = 'The service does not answer. Try again.';
    }
    button.disabled = false;
  });
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What these pages may load: their own style and script. They may ask this service, and nobody else. */
export const LINK_POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ASIDE = `<p>Your application has a page of its own here: set APP_URL. <a href="/dev/inbox">Inbox of this machine</a></p>`;

export function renderLinkPage({ title, sentence, button, route, asksPassword, done }: LinkPage): string {
  // Without a name: no browser would send it in an address, whatever becomes of the script.
  const password = asksPassword
    ? '<label>New password <input type="password" autocomplete="new-password" maxlength="256" required></label>'
    : '';
  return pageOf(
    title,
    `<form data-route="${route}" data-done="${escapeHtml(done)}">
<p>${escapeHtml(sentence)}</p>
${password}
<button>${escapeHtml(button)}</button>
</form>
<p role="status"></p>
<noscript><p>This page needs JavaScript: no server sees what stands behind # in the address.</p></noscript>`,
    `<script>${SCRIPT}</script>`,
  );
}

/** Where letters lead that have nothing to confirm, and whoever signs in or out at a provider comes back to. */
export function renderFrontPage(): string {
  return pageOf(
    'No application here',
    '<p>This is the service that signs people in. Links in its mail lead here as long as no application is named.</p>\n<p><a href="/docs">Its routes</a></p>',
  );
}

function pageOf(title: string, content: string, script = ''): string {
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
<header>
<h1>${escapeHtml(title)}</h1>
${ASIDE}
</header>
<article>
${content}
</article>
</main>
${script}
</body>
</html>
`;
}
