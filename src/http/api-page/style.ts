/** In the page itself: its Content-Security-Policy has the hash of this very text. */
export const API_PAGE_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
nav ul { margin: 0 0 1rem; }
nav p { margin: 0; font-weight: 600; }
section { border-top: 1px solid #8886; padding: 0.5rem 0; }
h3 { margin: 0.5rem 0; }
h4 { margin: 1rem 0 0.25rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.25rem 0.5rem; border-bottom: 1px solid #8883; }
details { margin: 0.25rem 0; overflow-x: auto; }
.soft { opacity: 0.75; font-size: 0.85em; }
`;
