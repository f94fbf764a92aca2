import { SEARCH_ATTRIBUTES } from '../temporal/search-attribute-keys.ts';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { withoutSecrets } from '../config/secret-settings.ts';
import { TEMPORAL_PORT, TEMPORAL_UI_PORT } from '../config/usual-ports.ts';
import { isDamage, putAside } from './damaged-file.ts';
import { leanWorkflowList } from './lean-workflow-list.ts';
import { lastLines, logSize, readLog } from './log-file.ts';
import { choosePort, loopback } from '../process/ports.ts';
import { startedOnPort } from './started-on-port.ts';
import type { SupervisedChild, Supervisor } from './supervisor.ts';

export type EmbeddedTemporal = {
  /** host:port of the gRPC frontend. */
  address: string;
  uiUrl: string;
  pid: number;
  /** The server's own figures, in Prometheus' format. */
  metricsUrl: string;
  ports: { temporal: number; temporalUi: number };
  /** Resolves when it has ended, with how in words. */
  exited: Promise<string>;
  stop(): Promise<void>;
};

const readyWithinMs = 60_000;

const dynamicConfig = {
  'frontend.enableServerVersionCheck': false,
  // The dev server's default is to read them six times for each workflow, for those who add one and use it at once.
  'system.forceSearchAttributesCacheRefreshOnRead': false,
  // Its list leaves out that a workflow has started where that has ended by then: most do within 100 ms.
  'history.visibilityProcessorSchedulerWorkerCount': 1,
  'history.visibilityProcessorMaxPollRPS': 4,
};

/**
 * Starts the Temporal dev server on 127.0.0.1 with its Web UI and its state in `dbFile`, so that histories survive a
 * restart. Ready means: the namespaces can be described, through the Web UI too, and searched by the attributes.
 * Without `port` and `uiPort` it takes Temporal's usual ones, or any free ones. A damaged file is put aside. Throws with
 * the server's own last lines if it does not come up.
 */
export async function startTemporal(settings: TemporalSettings): Promise<EmbeddedTemporal> {
  const { dbFile, log = () => undefined } = settings;
  try {
    return await startOn(settings);
  } catch (error) {
    if (!isDamage(error) || !existsSync(dbFile)) throw error;
    log(
      `Temporal's file ${dbFile} is damaged and was put aside as ${path.basename(putAside(dbFile))}. ` +
        'Nothing is lost but histories: the ledger starts what is not done anew.',
    );
    return startOn(settings);
  }
}

export interface TemporalSettings {
  /** The Temporal CLI, as `findTemporalCli` finds it. */
  command: string;
  dbFile: string;
  port?: number | undefined;
  uiPort?: number | undefined;
  /** Made besides `default`. */
  namespaces?: readonly string[];
  /** How long a closed workflow's history is kept, in days. The dev server's own default is one. */
  retentionDays?: number;
  supervisor: Supervisor;
  log?: (line: string) => void;
}

async function startOn(settings: TemporalSettings): Promise<EmbeddedTemporal> {
  const { namespaces = [], retentionDays = 30, supervisor } = settings;
  const searchAttributes = SEARCH_ATTRIBUTES.map(({ name }) => name);
  const dbFile = path.resolve(settings.dbFile);
  mkdirSync(path.dirname(dbFile), { recursive: true });
  const logFile = path.join(path.dirname(dbFile), 'logs', 'temporal.log');

  return startedOnPort(async () => {
    const port = await choosePort({
      configured: settings.port,
      preferred: TEMPORAL_PORT,
      name: 'TEMPORAL_PORT',
    });
    const uiPort = await choosePort({
      configured: settings.uiPort,
      preferred: TEMPORAL_UI_PORT,
      name: 'TEMPORAL_UI_PORT',
    });
    const metricsPort = await choosePort({ name: 'metrics of the Temporal dev server' });
    const logStart = logSize(logFile);
    const child = supervisor.spawn(
      'Temporal dev server',
      settings.command,
      [
        'server',
        'start-dev',
        `--ip=${loopback}`,
        `--port=${port}`,
        `--ui-port=${uiPort}`,
        `--metrics-port=${metricsPort}`,
        `--db-filename=${dbFile}`,
        // Without these, a file database syncs at each of its many small commits, and is slow.
        '--sqlite-pragma=journal_mode=wal',
        '--sqlite-pragma=synchronous=1',
        // Some 16 MB: at SQLite's own 1,000 pages it copies them back several times a second.
        '--sqlite-pragma=wal_autocheckpoint=4000',
        '--log-level=error',
        '--ui-disable-news-fetch',
        ...namespaces.map((namespace) => `--namespace=${namespace}`),
        ...searchAttributes.map((name) => `--search-attribute=${name}=Keyword`),
        ...Object.entries(dynamicConfig).map(
          ([key, value]) => `--dynamic-config-value=${key}=${JSON.stringify(value)}`,
        ),
      ],
      {
        cwd: path.dirname(dbFile),
        env: temporalEnv(),
        logFile,
        stopSteps: [{ signal: 'SIGTERM', patienceMs: 15_000 }],
      },
    );
    const address = `${loopback}:${port}`;
    const uiUrl = `http://${loopback}:${uiPort}`;
    try {
      await untilStarted(child, () => banner(port).test(readLog(logFile, logStart)));
      await prepareNamespaces(child, address, uiUrl, {
        namespaces: ['default', ...namespaces],
        searchAttributes,
        retentionDays,
      });
      await leanWorkflowList(dbFile, supervisor.run);
    } catch (error) {
      await child.stop();
      throw new Error(
        `the Temporal dev server did not start: ${(error as Error).message}\n${lastLines(readLog(logFile, logStart))}`,
        { cause: error },
      );
    }
    return {
      address,
      uiUrl,
      pid: child.pid,
      metricsUrl: `http://${loopback}:${metricsPort}/metrics`,
      ports: { temporal: port, temporalUi: uiPort },
      exited: child.exited,
      stop: () => child.stop(),
    };
  });
}

/** E.g. `Temporal Server:      localhost:7233`. */
function banner(port: number): RegExp {
  return new RegExp(`^\\s*(temporal )?server:\\s+\\S+:${port}\\s*$`, 'im');
}

/** It prints its address once it listens. Before that, whatever answers on the port is not it. */
async function untilStarted(child: SupervisedChild, hasPrintedAddress: () => boolean): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!hasPrintedAddress()) {
    if (!child.isAlive()) throw new Error(`it ended with ${await child.exited}`);
    if (Date.now() > deadline) throw new Error('it did not listen in time');
    await sleep(50);
  }
}

async function prepareNamespaces(
  child: SupervisedChild,
  address: string,
  uiUrl: string,
  wanted: { namespaces: readonly string[]; searchAttributes: readonly string[]; retentionDays: number },
): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    let connection;
    try {
      connection = await Connection.connect({ address, connectTimeout: 5_000 });
      await connection.healthService.check({});
      for (const namespace of wanted.namespaces) {
        await keepHistories(connection, namespace, wanted.retentionDays);
        await findBy(connection, namespace, wanted.searchAttributes);
      }
      await describeThroughUi(uiUrl);
      if (child.isAlive()) return;
      throw new Error('it ended');
    } catch (error) {
      if (!child.isAlive()) throw new Error(`it ended with ${await child.exited}`, { cause: error });
      if (Date.now() > deadline) throw error;
    } finally {
      await connection?.close();
    }
    await sleep(100);
  }
}

/** The Web UI starts before the server it talks to, and for a second or so may not have noticed it yet. */
async function describeThroughUi(uiUrl: string): Promise<void> {
  const answer = await fetch(`${uiUrl}/api/v1/namespaces/default`, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`its Web UI answers ${answer.status}`);
}

/** New search attributes are known some seconds after they were added; before, a workflow that has one is refused. */
async function findBy(connection: Connection, namespace: string, names: readonly string[]): Promise<void> {
  const query = names.map((name) => `${name} IS NOT NULL`).join(' OR ');
  await connection.workflowService.countWorkflowExecutions({ namespace, query });
}

async function keepHistories(connection: Connection, namespace: string, days: number): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const wantedMs = days * 24 * 3_600_000;
  if (tsToMs(config?.workflowExecutionRetentionTtl) === wantedMs) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(wantedMs) },
  });
}

/** The environment without settings that are meant for clients of another Temporal server, and without our secrets. */
function temporalEnv(): NodeJS.ProcessEnv {
  const entries = Object.entries(withoutSecrets(process.env));
  return {
    // A tenth of its CPU went into collecting a heap of some 100 MB again and again; it may grow to the limit instead.
    GOGC: '400',
    GOMEMLIMIT: '512MiB',
    ...Object.fromEntries(entries.filter(([name]) => !name.startsWith('TEMPORAL_'))),
  };
}
