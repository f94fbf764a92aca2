export function packConsole(folders: { sources: string; modules: string; target: string }): void;
