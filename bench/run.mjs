// Node 20 runs no TypeScript by itself, and --import looks for tsx from where the command was given.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
