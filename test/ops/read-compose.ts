import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../src/config/project-root.ts';

export interface Service {
  image?: string;
  profiles?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  networks?: string[];
  ports?: string[];
  secrets?: string[];
  environment?: Record<string, string>;
  command?: string[];
  volumes?: string[];
  privileged?: boolean;
  stop_grace_period?: string;
}

/** A file of this project. */
export const read = (file: string): string => readFileSync(path.join(projectRoot(), file), 'utf8');

export const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
};

export const services = Object.entries(compose.services);

export const ours = services.filter(([, { image }]) => image === 'catalog-sync:local');
