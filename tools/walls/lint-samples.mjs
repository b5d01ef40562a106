// Reads `[{ filePath, code }]` from standard input and prints, for each, the messages the workspace's lint has for it.
// A process of its own, because Jest cannot load an ES-module ESLint configuration.
import { ESLint } from 'eslint';
import { text } from 'node:stream/consumers';
import './store-graph.mjs';

const samples = JSON.parse(await text(process.stdin));
const eslint = new ESLint({
  cwd: new URL('../..', import.meta.url).pathname,
  // Type-aware rules need files that exist; the walls do not.
  overrideConfig: [
    { languageOptions: { parserOptions: { projectService: false } } },
    {
      rules: {
        '@typescript-eslint/no-floating-promises': 'off',
        '@typescript-eslint/no-misused-promises': 'off',
        '@typescript-eslint/only-throw-error': 'off',
      },
    },
  ],
});
const answers = [];
for (const { filePath, code } of samples) {
  const [result] = await eslint.lintText(code, { filePath });
  answers.push(result.messages.map(({ ruleId, message }) => ({ ruleId, message })));
}
// On a line of its own: Nx may have said something before, on standard output too.
process.stdout.write(`\n${JSON.stringify(answers)}\n`);
