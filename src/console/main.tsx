import { render } from 'preact';
import { beginTrace } from './api/trace-of.ts';
import { App } from './app.tsx';

beginTrace(location);
const place = document.getElementById('app');
if (place) render(<App />, place);
