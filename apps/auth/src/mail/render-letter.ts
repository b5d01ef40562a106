import type { Letter } from './mailer.port.js';

/** What a letter says, before it becomes text and HTML. */
export interface LetterContent {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Stands after the paragraphs. */
  readonly link?: { readonly label: string; readonly url: string };
  /** What follows the link. */
  readonly closing?: readonly string[];
}

/**
 * Plain text and simple HTML of the same words. No image, no tracking, no address but the link's own; everything is escaped,
 * since names and addresses are what strangers have typed.
 */
export function renderLetter(to: string, { subject, paragraphs, link, closing = [] }: LetterContent): Letter {
  const text = [...paragraphs, ...(link ? [link.url] : []), ...closing].join('\n\n');
  const body = [
    ...paragraphs.map(paragraph),
    ...(link
      ? [
          `<p><a href="${escapeHtml(link.url)}" style="${BUTTON}">${escapeHtml(link.label)}</a></p>`,
          `<p style="font-size:13px;color:#555">${escapeHtml(link.url)}</p>`,
        ]
      : []),
    ...closing.map(paragraph),
  ].join('\n');
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.5;color:#222;max-width:36em;margin:2em auto;padding:0 1em;overflow-wrap:anywhere">
${body}
</body>
</html>
`;
  return { to, subject, text: `${text}\n`, html };
}

const BUTTON =
  'display:inline-block;padding:.6em 1.2em;background:#1f4f8f;color:#fff;text-decoration:none;border-radius:4px';
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe as text and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`;
