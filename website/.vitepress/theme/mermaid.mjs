let serial = 0;
let drawing = Promise.resolve();

/** Draws the pictures of the page. One after another: Mermaid keeps what it draws in one place. */
export function drawPictures({ again = false } = {}) {
  drawing = drawing.then(() => draw(again)).catch((error) => console.error(error));
  return drawing;
}

async function draw(again) {
  const places = [...document.querySelectorAll('.mermaid-picture')].filter((place) => again || !place.dataset.source);
  if (places.length === 0) return;
  const { default: mermaid } = await import('mermaid');
  const dark = document.documentElement.classList.contains('dark');
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: dark ? 'dark' : 'neutral' });
  for (const place of places) {
    place.dataset.source ||= place.textContent;
    // `<br>` in a label is a break, as GitHub draws it.
    const { svg } = await mermaid.render(`picture-${serial++}`, place.dataset.source);
    place.innerHTML = svg;
  }
}
