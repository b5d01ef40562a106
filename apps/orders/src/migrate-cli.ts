import 'reflect-metadata';
import { migrateCommand } from './persistence/migrate-command.js';

// `npm run migrate -w apps/orders`: brings the tables to this version, under an account that may change them.
const { exitCode, line } = await migrateCommand(process.env);
(exitCode === 0 ? process.stdout : process.stderr).write(`${line}\n`);
process.exit(exitCode);
