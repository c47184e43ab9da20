import type { Clock } from "./clock.ts";
import type { ElectionLock, LockRecord } from "./objects.ts";
import { type ProblemEvents, trouble } from "./trouble.ts";

/** A candidate may take a lock that nobody renewed for this long. */
const LEASE_SECONDS = 10;
/** A leader that could not renew for this long stops acting: well before anyone may take over. */
const RENEW_DEADLINE_MILLISECONDS = 7000;
/** How often a leader renews, and a candidate looks. */
const RETRY_MILLISECONDS = 2000;

/** Whether this replica may act now. Asked before each act: leadership can end between two of them. */
export interface Leadership {
  isLeader(): boolean;
  /** Has a listener called whenever leadership has begun or ended. */
  onChange(listener: () => void): void;
}

/** An election under way. */
export interface Election extends Leadership {
  /** Gives the lock up, if held, so that the next leader need not wait for it to expire. */
  stop(): Promise<void>;
}

export interface ElectionOptions extends ProblemEvents {
  readonly lock: ElectionLock;
  /** Name of this replica, unique among them. */
  readonly identity: string;
  readonly clock: Clock;
}

/**
 * Takes part in an election until stopped. Expiry is judged by how long the lock has looked the same to us,
 * never by comparing clocks of two machines; our own leadership is counted from before the renewing request
 * was sent. So two replicas never both believe to lead, however slow the API or skewed a clock.
 */
export function startElection(options: ElectionOptions): Election {
  const { clock, lock, identity } = options;
  const ended = new AbortController();
  const { failed, recovered } = trouble(options);
  let leadsUntil = Number.NEGATIVE_INFINITY;
  const listeners: (() => void)[] = [];
  let told = false;
  let seen: { readonly version: string; readonly since: number } | undefined;

  const isLeader = (): boolean => !ended.signal.aborted && clock.monotonic() < leadsUntil;
  const tellChange = (): void => {
    if (isLeader() === told) return;
    told = !told;
    for (const listener of listeners) listener();
  };

  const attempt = async (): Promise<void> => {
    const start = clock.monotonic();
    const found = await lock.read();
    if (found && found.resourceVersion !== seen?.version) {
      seen = { version: found.resourceVersion, since: clock.monotonic() };
    }
    if (found && !mayTake(found.record, start)) return;
    const record = recordFor(identity, found?.record, clock.wall());
    if (found) await lock.replace(record, found.resourceVersion);
    else await lock.create(record);
    leadsUntil = start + RENEW_DEADLINE_MILLISECONDS;
  };

  const mayTake = (record: LockRecord, now: number): boolean =>
    record.holder === identity ||
    record.holder === "" ||
    (seen !== undefined && now - seen.since > record.durationSeconds * 1000);

  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      try {
        await attempt();
        recovered();
      } catch (error) {
        failed(error);
      }
      tellChange();
      await clock.sleep(RETRY_MILLISECONDS, ended.signal);
    }
  };

  const release = async (): Promise<void> => {
    const found = await lock.read();
    if (found?.record.holder !== identity) return;
    await lock.replace({ ...found.record, holder: "", durationSeconds: 1 }, found.resourceVersion);
  };

  const running = run();
  return {
    isLeader,
    onChange(listener) {
      listeners.push(listener);
    },
    async stop() {
      ended.abort();
      // An attempt under way may still take the lock.
      await running;
      if (clock.monotonic() < leadsUntil) await release().catch(failed);
    },
  };
}

function recordFor(identity: string, last: LockRecord | undefined, now: Date): LockRecord {
  const renews = last?.holder === identity;
  return {
    holder: identity,
    durationSeconds: LEASE_SECONDS,
    acquiredAt: renews ? last.acquiredAt : now,
    renewedAt: now,
    transitions: (last?.transitions ?? 0) + (renews || last === undefined ? 0 : 1),
  };
}

/** The only replica there is leads without an election. */
export const soleReplica: Leadership = { isLeader: () => true, onChange: () => {} };
