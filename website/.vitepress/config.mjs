import { defineConfig } from 'vitepress';
import { anchorOf, asOnGitHub } from '../markdown.mjs';
import { notPages, pageOf, TOP } from '../pages.mjs';
import { sidebar } from '../sidebar.mjs';

/** Where files that are no pages can be looked at, `https://github.com/…/blob/main`. Without it they are named and not linked. */
const { REPOSITORY_URL: repository } = process.env;

export default defineConfig({
  title: 'Gatehouse',
  description: 'Sessions for teams that run many services',
  srcDir: TOP,
  srcExclude: notPages(),
  base: process.env.SITE_BASE ?? '/',
  outDir: new URL('../dist', import.meta.url).pathname,
  cacheDir: new URL('../node_modules/.vitepress', import.meta.url).pathname,
  rewrites: (path) => pageOf(path),
  cleanUrls: false,
  // What runs on the reader's machine is not there when the site is built.
  ignoreDeadLinks: 'localhostLinks',
  lastUpdated: false,
  // `{id}` in a heading is part of a path.
  markdown: {
    attrs: { disable: true },
    anchor: { slugify: anchorOf },
    config: (md) => asOnGitHub(md, repository),
    theme: { light: 'github-light', dark: 'github-dark' },
  },
  vite: { plugins: [generatorFromHere()] },
  themeConfig: {
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Documents', link: '/documents' },
      { text: 'Español', link: '/es/' },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
  },
});

/** Pages lie outside this folder, and what they are made of inside it: what they import is looked for from here. */
function generatorFromHere() {
  const here = new URL('./config.mjs', import.meta.url).pathname;
  return {
    name: 'generator-from-here',
    enforce: 'pre',
    resolveId(source, importer) {
      const isOurs = /^(?:vue|vitepress)(?:\/|$)/.test(source) && importer?.replace(/\?.*$/, '').endsWith('.md');
      return isOurs ? this.resolve(source, here, { skipSelf: true }) : undefined;
    },
  };
}
