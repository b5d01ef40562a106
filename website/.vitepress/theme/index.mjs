import theme from 'vitepress/theme';
import { drawPictures } from './mermaid.mjs';
import './site.css';

export default {
  extends: theme,
  enhanceApp({ router }) {
    if (import.meta.env.SSR) return;
    const draw = () => requestAnimationFrame(() => void drawPictures());
    router.onAfterRouteChange = draw;
    window.addEventListener('load', draw);
    // Light and dark are other colours, not another page.
    const redraw = () => void drawPictures({ again: true });
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['class'] });
  },
};
