import { WireError } from "./wire/message-reader.ts";
import { ServerRefusal, UnsupportedAuthentication } from "./wire/start-up.ts";
import { TlsSettingsError } from "./wire/tls.ts";

/**
 * What came of trying a login.
 * - `ok`: logged in.
 * - `refused`: a server knows no such login, or not yet (a replica that lags): SQLSTATE 28P01 wrong password
 *   or no such role, 28000 no such role or not from here, 3D000 no such database, 42501 not allowed to
 *   connect, …
 * - `unavailable`: a server answered, but takes nobody now: starting up, shutting down, full.
 * - `unreachable`: no server answered, or none in time.
 * - `protocol`: what answers is no PostgreSQL server, or not the one that knows this login.
 * - `tls`: no TLS session as `sslmode` asks for it.
 * - `no-match`: servers answered, none as `target_session_attrs` asks for.
 * - `impossible`: the check cannot be done from here: a CA file that only the application has, an
 *   authentication method of its own.
 */
export type LoginCheck =
  | { readonly kind: "ok"; readonly host: string }
  | {
      readonly kind: "refused" | "unavailable";
      readonly host: string;
      readonly sqlstate: string;
      /** The server's words. */
      readonly message: string;
    }
  | {
      readonly kind: "unreachable" | "protocol" | "tls" | "no-match" | "impossible";
      readonly host: string;
      readonly reason: string;
    };

/** No TLS session as asked for. */
export class TlsFailure extends Error {
  override readonly name = "TlsFailure";
}

/**
 * SQLSTATE classes that speak of the server's state rather than of the login: resources (53, too many
 * connections), operator intervention (57, starting up or shutting down), system error (58).
 */
function isServerState(sqlstate: string): boolean {
  return /^(08|53|57|58|XX)/.test(sqlstate);
}

/**
 * What a failed attempt means.
 * @throws TlsSettingsError as it is: no other host would do better.
 */
export function outcomeOf(error: unknown, host: string): LoginCheck {
  if (error instanceof TlsSettingsError) throw error;
  const reason = describe(error);
  if (error instanceof ServerRefusal) {
    const kind = isServerState(error.sqlstate) ? "unavailable" : "refused";
    return { kind, host, sqlstate: error.sqlstate, message: error.message };
  }
  if (error instanceof TlsFailure) return { kind: "tls", host, reason };
  if (error instanceof UnsupportedAuthentication) return { kind: "impossible", host, reason };
  if (error instanceof WireError) return { kind: "protocol", host, reason };
  return { kind: "unreachable", host, reason };
}

/** Node.js gives an AggregateError without a message when several addresses of a name fail. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join("; ");
  return error instanceof Error ? error.message : String(error);
}
