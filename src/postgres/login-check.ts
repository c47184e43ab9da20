import type { Socket } from "node:net";
import { messageOf } from "../errors.ts";
import { detailsOf, type PostgresLogin, type PostgresTarget } from "./details.ts";
import { type AttemptOptions, attempt, type OpenSocket } from "./login-attempt.ts";
import type { LoginCheck } from "./login-outcome.ts";
import { matchesSession } from "./session-attributes.ts";
import type { PostgresHost, PostgresUrl } from "./url.ts";
import { TlsSettingsError, tlsSettings } from "./wire/tls.ts";

export type { OpenSocket } from "./login-attempt.ts";
export type { LoginCheck } from "./login-outcome.ts";

export interface LoginCheckOptions {
  /** For each host; a shorter `connect_timeout` of the URL wins. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  readonly openSocket?: OpenSocket;
  /** Random bytes, unpredictable. */
  readonly random?: (bytes: number) => Uint8Array;
}

function openDirectly(place: Parameters<OpenSocket>[0]): Socket {
  return process.getBuiltinModule("node:net").connect({ ...place, noDelay: true });
}

function randomBytes(bytes: number): Uint8Array {
  return process.getBuiltinModule("node:crypto").randomBytes(bytes);
}

/** `hostaddr` says where to connect while `host` goes on naming the server. */
function addressesOf({ hosts, parameters }: PostgresUrl): readonly (PostgresHost & { address: string })[] {
  const addresses = parameters.get("hostaddr")?.split(",") ?? [];
  return hosts.map((host, index) => ({ ...host, address: addresses[index] || host.host }));
}

function timeoutOf(url: PostgresUrl, options: LoginCheckOptions): number {
  const own = Number(url.parameters.get("connect_timeout") ?? "0");
  return own > 0 ? Math.min(own, options.timeoutSeconds) : options.timeoutSeconds;
}

/** Outcomes after which libpq goes on to the next host: nobody there, not yet up, not the kind asked for. */
function passesOn(outcome: LoginCheck): boolean {
  if (outcome.kind === "unavailable") return outcome.sqlstate === "57P03";
  return outcome.kind === "unreachable" || outcome.kind === "no-match";
}

/**
 * Tries the hosts in order, as libpq does: the first that answers decides, and one that refuses ends it.
 * Where clients pick hosts at random, every host that answers must take the login.
 */
async function tryHosts(
  url: PostgresUrl,
  attemptOptions: AttemptOptions,
  wanted: string,
): Promise<LoginCheck> {
  const all = url.parameters.get("load_balance_hosts") === "random";
  let best: LoginCheck | undefined;
  for (const host of addressesOf(url)) {
    const outcome = await attempt(host, attemptOptions, (session) => matchesSession(session, wanted));
    if (outcome.kind === "ok" && !all) return outcome;
    if (!passesOn(outcome) && outcome.kind !== "ok") return outcome;
    // Of several failures the first is told; a success beats them.
    if (best === undefined || (outcome.kind === "ok" && best.kind !== "ok")) best = outcome;
  }
  return best ?? { kind: "impossible", host: "", reason: "the URL names no host" };
}

/**
 * Tries a login against the target's servers: start-up handshake, authentication, goodbye. No statement is
 * run, unless `target_session_attrs` needs one on an old server.
 * @throws PostgresUrlError, PostgresFormatError when target or login are malformed. Everything else is an
 * outcome.
 */
export async function checkLogin(
  target: PostgresTarget & { readonly url: string },
  login: PostgresLogin,
  options: LoginCheckOptions,
): Promise<LoginCheck> {
  const { url } = detailsOf(login, target);
  if (url === undefined) return { kind: "impossible", host: "", reason: "no URL is known" };
  const first = url.hosts[0]?.host ?? "";
  try {
    const attemptOptions: AttemptOptions = {
      login,
      url,
      tls: tlsSettings(url.parameters),
      timeoutSeconds: timeoutOf(url, options),
      signal: options.signal,
      openSocket: options.openSocket ?? openDirectly,
      random: options.random ?? randomBytes,
    };
    const wanted = url.parameters.get("target_session_attrs") ?? "any";
    if (wanted !== "prefer-standby") return await tryHosts(url, attemptOptions, wanted);
    const standby = await tryHosts(url, attemptOptions, "standby");
    return passesOn(standby) ? await tryHosts(url, attemptOptions, "any") : standby;
  } catch (error) {
    if (error instanceof TlsSettingsError) {
      return { kind: "impossible", host: first, reason: messageOf(error) };
    }
    throw error;
  }
}
