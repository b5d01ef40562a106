import type { DevPerson } from '../people/people.js';
import { escaped, page } from './layout.js';

/** Who signs in: each person a button, and a way back. */
export function choosePersonPage(people: readonly DevPerson[], application: string): string {
  const buttons = people.map(
    ({ handle, name, username, about }) =>
      `<li><button name="person" value="${escaped(handle)}"><strong>${escaped(name)}</strong><span>${escaped(username)}</span><span>${escaped(about)}</span></button></li>`,
  );
  return page(
    'Choose who signs in',
    `<p>To the application <code>${escaped(application)}</code>.</p>
<form method="post">
<ul>
${buttons.join('\n')}
<li><button class="plain" name="cancel" value="1">Cancel</button></li>
</ul>
</form>`,
  );
}

/** Under `organizations` and `common` the tenant is known once the person is. */
export function chooseTenantPage(links: readonly { readonly person: DevPerson; readonly href: string }[]): string {
  const items = links.map(
    ({ person, href }) =>
      `<li><a class="button" href="${escaped(href)}"><strong>${escaped(person.name)}</strong><br>${escaped(person.username)}<br>${escaped(person.about)}</a></li>`,
  );
  return page('Choose who signs in', `<ul>\n${items.join('\n')}\n</ul>`);
}

/** @param form the provider's own form, with its token against forgery. @param submitsItself where the application named whom. */
export function signOutPage(form: string, submitsItself: boolean): string {
  return page(
    'Sign out?',
    `<p>You will be signed out here and at the applications that listen for it.</p>
${form}
<ul>
<li><button class="main" form="op.logoutForm" name="logout" value="yes">Sign out</button></li>
<li><button class="plain" form="op.logoutForm">Stay signed in</button></li>
</ul>`,
    submitsItself ? 'press the first button' : undefined,
  );
}

/**
 * Tells applications that somebody has signed out, and goes on when they know.
 *
 * @param frames addresses of the applications, each opened in a frame that nobody sees.
 * @param next where the browser goes then; a link for whoever has no scripts.
 */
export function signingOutPage(frames: readonly string[], next: string): string {
  const each = frames.map((address) => `<iframe src="${escaped(address)}" title="Signs you out" hidden></iframe>`);
  return page(
    'Signing you out',
    `<p>The applications you were signed in to are told.</p>
${each.join('\n')}
<p><a class="button" id="next" href="${escaped(next)}">Go on</a></p>`,
    'go on',
  );
}

export function signedOutPage(): string {
  return page('You are signed out', '<p>You may close this page.</p>');
}

export function stillSignedInPage(): string {
  return page('You are still signed in here', '<p>Go back to the application, or close this page.</p>');
}

export function problemPage(code: string, sentence: string): string {
  return page(
    'This did not work',
    `<p>${escaped(sentence)}</p><p><code>${escaped(code)}</code></p><p>Go back to the application and begin again.</p>`,
  );
}

export function homePage(
  facts: Readonly<Record<string, string>>,
  people: readonly DevPerson[],
  signOutHref: string,
): string {
  const rows = Object.entries(facts).map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd><code>${escaped(value)}</code></dd>`,
  );
  const names = people.map(
    ({ name, username, about }) =>
      `<li><strong>${escaped(name)}</strong>, ${escaped(username)}: ${escaped(about)}</li>`,
  );
  return page(
    'What this is',
    `<p>It stands in for Microsoft Entra ID on this machine, so that a whole sign-in can be tried without an account there.
Open your application and sign in; it sends you here.</p>
<h2>Settings of the application</h2>
<dl>${rows.join('')}</dl>
<h2>People</h2>
<ul>${names.join('')}</ul>
<p><a href="${escaped(signOutHref)}">Sign out here</a>: the applications that listen for it end their sessions too.</p>`,
  );
}
