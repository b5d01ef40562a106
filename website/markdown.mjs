// How documents that are written for GitHub become pages of a generator that takes Markdown for Vue templates.
import { relative } from 'node:path';
import { addressOf, TOP } from './pages.mjs';

/** Marks that documents may use beside Markdown; anything else that looks like one is text, as `<id>` in a sentence. */
const HTML = /^<\/?(?:a|br|details|summary|sub|sup|kbd|small|!--)(?:[\s/>]|--)/i;

/** The name of a heading in an address, as GitHub makes it. That of VitePress has no `_`, and links to settings and constants would lead nowhere. */
export const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

/** @param md the Markdown-It of VitePress @param {string | undefined} repository see `addressOf` */
export function asOnGitHub(md, repository) {
  md.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    const from = relative(TOP, env.realPath ?? env.path);
    for (const { children } of tokens) if (children) lead(children, from, repository);
  });
  // Braces are braces: nothing in a document is a template.
  md.core.ruler.push('no-templates', (state) => {
    const mark = (content) => Object.assign(new state.Token('html_block', '', 0), { content, ours: true });
    state.tokens.unshift(mark('<div v-pre>\n'));
    state.tokens.push(mark('</div>\n'));
  });
  for (const rule of ['html_inline', 'html_block']) {
    md.renderer.rules[rule] = (tokens, at) => {
      const { content, ours } = tokens[at];
      return ours || HTML.test(content.trimStart()) ? content : md.utils.escapeHtml(content);
    };
  }
  // Drawn in the browser: `theme/mermaid.mjs`.
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, at, ...rest) => {
    const { info, content } = tokens[at];
    if (info.trim() !== 'mermaid') return fence(tokens, at, ...rest);
    return `<div class="mermaid-picture"><pre>${md.utils.escapeHtml(content)}</pre></div>\n`;
  };
}

function lead(tokens, from, repository) {
  const open = [];
  for (const token of tokens) {
    if (token.type === 'link_close' && open.pop())
      Object.assign(token, { type: 'text', tag: '', nesting: 0, content: '' });
    if (token.type !== 'link_open') continue;
    const address = addressOf(from, token.attrGet('href') ?? '', repository);
    open.push(address === undefined);
    if (address !== undefined) token.attrSet('href', address);
    else Object.assign(token, { type: 'text', tag: '', nesting: 0, attrs: null, content: '' });
  }
}
