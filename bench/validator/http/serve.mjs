// One contender as a server: `CONTENDER` names a file of `contenders/`, `VARIANT` one of the ways it knows.
import { readFileSync, writeFileSync } from 'node:fs';

const { CONTENDER, VARIANT, FIXTURE, CREDENTIALS, PORT } = process.env;
const { start } = await import(`./contenders/${CONTENDER}.mjs`);
const { listen, credentials } = await start(JSON.parse(readFileSync(FIXTURE, 'utf8')), VARIANT);
// Contenders whose sessions only they can make hand out header lines; the others are asked with tokens of the fixture.
if (credentials) writeFileSync(CREDENTIALS, JSON.stringify(credentials));
await listen(Number(PORT));
process.on('SIGTERM', () => process.exit(0));
