import fc from 'fast-check';
import { escapeHtml, renderLetter } from './render-letter.js';

describe('a letter', () => {
  const content = {
    subject: 'Set a new <password>',
    paragraphs: ['Hello & welcome <script>alert(1)</script>'],
    link: { label: 'Go "there"', url: 'https://app.example.test/reset-password#token=a&b="c"' },
    closing: ["It's done"],
  };

  it('says the same in plain text and in HTML', () => {
    const { text, html } = renderLetter('ada@example.test', content);
    expect(text).toBe(
      'Hello & welcome <script>alert(1)</script>\n\nhttps://app.example.test/reset-password#token=a&b="c"\n\nIt\'s done\n',
    );
    expect(html).toContain('<p>Hello &amp; welcome &lt;script&gt;alert(1)&lt;/script&gt;</p>');
    expect(html).toContain('href="https://app.example.test/reset-password#token=a&amp;b=&quot;c&quot;"');
  });

  it('loads nothing and asks for nothing: no image, no script, no address but its link', () => {
    const { html } = renderLetter('ada@example.test', content);
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form|object)|src=|url\(|@import/i);
    expect([...html.matchAll(/href="([^"]+)"/g)]).toHaveLength(1);
  });

  it('cannot be broken out of, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      }),
    );
  });
});
