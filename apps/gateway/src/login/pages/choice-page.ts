import type { Page, PageAction } from './page.js';

/** Where somebody says at which provider they have an account. Links, so that it needs no script and a way back. */
export function choicePage(choices: readonly PageAction[]): Page {
  return { title: 'Sign in', paragraphs: ['Choose where you have an account.'], choices, actions: [] };
}
