import type { Clock } from "./clock.ts";
import { heartbeat } from "./heartbeat.ts";
import { type ProblemEvents, trouble } from "./trouble.ts";

/** One Namespace as its watcher sees it. */
export interface NamespaceObject {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A change of a Namespace. */
export interface NamespaceEvent {
  readonly kind: "changed" | "deleted";
  readonly namespace: NamespaceObject;
}

/** The Kubernetes API's list and watch of Namespaces. */
export interface NamespaceFeed {
  list(): Promise<{ readonly namespaces: readonly NamespaceObject[]; readonly resourceVersion: string }>;
  /**
   * Reports changes since a version until the server, the network or the signal ends it; resolves to the version
   * to go on from. Rejects with a `ClusterError`, of kind `gone` when that version is too old.
   */
  watch(
    resourceVersion: string,
    onEvent: (event: NamespaceEvent) => void,
    signal: AbortSignal,
  ): Promise<string>;
}

/** The annotations of every Namespace, kept current, so that no admission waits for the Kubernetes API. */
export interface NamespaceAnnotations {
  /** Of an unknown Namespace: none. */
  annotationsOf(namespace: string): Readonly<Record<string, string>>;
  /** Whether the Namespaces have been listed once: before that, nothing is known. */
  isListed(): boolean;
  /** Whether what is known is current, or the connection has been down for minutes. */
  isCurrent(): boolean;
  /** Whether the watch neither succeeds nor fails any more, which only a restart can mend. */
  isStuck(): boolean;
  stop(): Promise<void>;
}

const SHORTEST_RETRY_MILLISECONDS = 1000;
const LONGEST_RETRY_MILLISECONDS = 60_000;

/** Without a good connection for this long, what is known counts as stale. */
const STALE_MILLISECONDS = 300_000;

/** A watch ends by itself within five minutes; one that does not in thrice that never will. */
const STUCK_MILLISECONDS = 900_000;

export interface NamespaceWatchOptions extends ProblemEvents {
  readonly feed: NamespaceFeed;
  /** Only annotations under these prefixes (with the slash) are kept. */
  readonly prefixes: readonly string[];
  readonly clock: Clock;
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/** Watches Namespaces until stopped. While the Kubernetes API is away, what is known goes on being used. */
export function watchNamespaces(options: NamespaceWatchOptions): NamespaceAnnotations {
  const { feed, clock } = options;
  const known = new Map<string, Readonly<Record<string, string>>>();
  const ended = new AbortController();
  const { failed, recovered } = trouble(options);
  const heart = heartbeat(clock, STUCK_MILLISECONDS);
  let healthyAt: number | undefined;

  const keep = ({ name, annotations }: NamespaceObject): void => {
    const ours = Object.entries(annotations).filter(([key]) =>
      options.prefixes.some((p) => key.startsWith(p)),
    );
    if (ours.length > 0) known.set(name, Object.fromEntries(ours));
    else known.delete(name);
  };
  const relist = async (): Promise<string> => {
    const { namespaces, resourceVersion } = await feed.list();
    known.clear();
    for (const namespace of namespaces) keep(namespace);
    return resourceVersion;
  };
  const follow = async (): Promise<never> => {
    let version = await relist();
    for (;;) {
      healthyAt = clock.monotonic();
      heart.beat();
      version = await feed.watch(version, onEvent, ended.signal);
      ended.signal.throwIfAborted();
      recovered();
    }
  };
  const onEvent = ({ kind, namespace }: NamespaceEvent): void => {
    healthyAt = clock.monotonic();
    recovered();
    if (kind === "deleted") known.delete(namespace.name);
    else keep(namespace);
  };
  const run = async (): Promise<void> => {
    let retry = SHORTEST_RETRY_MILLISECONDS;
    while (!ended.signal.aborted) {
      heart.beat();
      const before = healthyAt;
      await follow().catch((error: unknown) => {
        if (!ended.signal.aborted) failed(error);
      });
      retry =
        healthyAt === before ? Math.min(retry * 2, LONGEST_RETRY_MILLISECONDS) : SHORTEST_RETRY_MILLISECONDS;
      await clock.sleep(retry, ended.signal);
    }
  };

  const running = run();
  return {
    annotationsOf: (namespace) => known.get(namespace) ?? NONE,
    isListed: () => healthyAt !== undefined,
    isCurrent: () => healthyAt !== undefined && clock.monotonic() - healthyAt <= STALE_MILLISECONDS,
    isStuck: heart.isStuck,
    async stop() {
      ended.abort();
      await running;
    },
  };
}
