import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { KeycardError } from "../../errors.ts";
import type { Container, Pod } from "../../injection/pod.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { type ContainerProcess, startProcess } from "./container-process.ts";
import { environmentOf, expandReferences, localise, type PathMapping } from "./environment.ts";
import { createVolumes, type TokenIssuer, type Volumes } from "./volumes.ts";

export interface PodRunnerOptions {
  /** The patched pod, as the API server would hand it to a kubelet. */
  readonly pod: Pod;
  /** An existing directory, private to this pod, that the caller removes. */
  readonly directory: string;
  /** What an image's entrypoint is on this machine; for a container without `command`. */
  readonly entrypoint: (container: Container) => readonly string[];
  /** Variables every container gets, e.g. PATH. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  readonly issueToken: TokenIssuer;
  readonly onLine: (container: string, line: string) => void;
  readonly onStart?: (container: Container, kind: "init" | "sidecar" | "app") => void;
}

/** A pod whose containers run as processes of this machine; disposing it kills what `stop` has not ended. */
export interface RunningPod extends AsyncDisposable {
  /** Resolves with the first app container that ended, which in a healthy pod only `stop` causes. */
  readonly appEnded: Promise<{ readonly container: string; readonly exitCode: number }>;
  /** The process of a running container, by the container's name. */
  process(container: string): ContainerProcess | undefined;
  /** SIGTERM to the app, then to the sidecars in reverse order; SIGKILL when the grace period is over. */
  stop(graceSeconds: number): Promise<ReadonlyMap<string, number>>;
}

/**
 * Runs a pod's containers as kubelet does: init containers one after the other, native sidecars among them
 * started and left running once their start-up probe succeeds, then the app's containers together.
 * @throws KeycardError when an init container fails, with its termination message.
 */
export async function startPod(options: PodRunnerOptions): Promise<RunningPod> {
  const volumes = await createVolumes(options.pod, join(options.directory, "volumes"), options.issueToken);
  const sidecars: ContainerProcess[] = [];
  try {
    for (const container of options.pod.spec.initContainers ?? []) {
      const sidecar = container.restartPolicy === "Always";
      options.onStart?.(container, sidecar ? "sidecar" : "init");
      const running = await startContainer(container, volumes, options);
      if (sidecar) {
        sidecars.push(running);
        await waitUntilStarted(container, running);
      } else {
        await requireSuccess(running, options.directory);
      }
    }
    const apps: ContainerProcess[] = [];
    for (const container of options.pod.spec.containers) {
      options.onStart?.(container, "app");
      apps.push(await startContainer(container, volumes, options));
    }
    return runningPod(apps, sidecars, volumes);
  } catch (error) {
    for (const sidecar of sidecars) sidecar.signal("SIGKILL");
    volumes[Symbol.dispose]();
    throw error;
  }
}

async function startContainer(
  container: Container,
  volumes: Volumes,
  options: PodRunnerOptions,
): Promise<ContainerProcess> {
  const home = join(options.directory, "containers", container.name);
  await mkdir(home, { recursive: true });
  const mappings: PathMapping[] = (container.volumeMounts ?? []).flatMap((mount) => {
    const localPath = volumes.directories.get(mount.name);
    return localPath === undefined ? [] : [{ containerPath: mount.mountPath, localPath }];
  });
  mappings.push({
    containerPath: "/dev/termination-log",
    localPath: terminationLog(options.directory, container.name),
  });
  const environment = environmentOf(options.pod, container, mappings);
  const words = [...(container.command ?? options.entrypoint(container)), ...(container.args ?? [])];
  return startProcess({
    name: container.name,
    argv: words.map((word) => localise(expandReferences(word, environment), mappings)),
    environment: new Map([...Object.entries(options.baseEnvironment), ["HOME", home], ...environment]),
    onLine: options.onLine,
  });
}

function terminationLog(directory: string, container: string): string {
  return join(directory, "containers", container, "termination-log");
}

async function requireSuccess(running: ContainerProcess, directory: string): Promise<void> {
  const exitCode = await running.exited;
  if (exitCode === 0) return;
  const message = await readFile(terminationLog(directory, running.name), "utf8").catch(() => "");
  throw new KeycardError(
    "KEYCARD_DEV_INIT_CONTAINER",
    `Init container ${running.name} ended with exit code ${exitCode}.${message && `\n${message}`}`,
  );
}

/** Waits for the sidecar's HTTP start-up probe, as kubelet does before it starts the next container. */
async function waitUntilStarted(container: Container, running: ContainerProcess): Promise<void> {
  const probe = container.startupProbe?.["httpGet"];
  if (!isJsonObject(probe)) return;
  let ended: number | undefined;
  void running.exited.then((exitCode) => {
    ended = exitCode;
  });
  const attempts = numberOf(container.startupProbe, "failureThreshold", 3);
  const periodSeconds = numberOf(container.startupProbe, "periodSeconds", 10);
  const url = `http://127.0.0.1:${String(probe["port"])}${String(probe["path"] ?? "/")}`;
  for (let attempt = 0; attempt < attempts && ended === undefined; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, periodSeconds * 1000));
  }
  throw new KeycardError(
    "KEYCARD_DEV_STARTUP_PROBE",
    ended === undefined
      ? `Sidecar ${container.name} did not answer ${url} after ${attempts} attempts.`
      : `Sidecar ${container.name} ended with exit code ${ended} before it was ready.`,
  );
}

function numberOf(probe: JsonObject | undefined, key: string, fallback: number): number {
  const value = probe?.[key];
  return typeof value === "number" ? value : fallback;
}

function runningPod(
  apps: readonly ContainerProcess[],
  sidecars: readonly ContainerProcess[],
  volumes: Volumes,
): RunningPod {
  const kill = () => {
    for (const container of [...apps, ...sidecars]) container.signal("SIGKILL");
  };
  const endings = apps.map(async (app) => ({ container: app.name, exitCode: await app.exited }));
  return {
    appEnded: Promise.race(endings),
    process: (name) => [...apps, ...sidecars].find((candidate) => candidate.name === name),
    async stop(graceSeconds) {
      const killer = setTimeout(kill, graceSeconds * 1000);
      const exitCodes = new Map<string, number>();
      try {
        for (const app of apps) app.signal("SIGTERM");
        for (const app of apps) exitCodes.set(app.name, await app.exited);
        for (const sidecar of sidecars.toReversed()) {
          sidecar.signal("SIGTERM");
          exitCodes.set(sidecar.name, await sidecar.exited);
        }
      } finally {
        clearTimeout(killer);
        volumes[Symbol.dispose]();
      }
      return exitCodes;
    },
    async [Symbol.asyncDispose]() {
      kill();
      await Promise.all([...apps, ...sidecars].map(({ exited }) => exited));
      volumes[Symbol.dispose]();
    },
  };
}
