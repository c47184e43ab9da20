import { isIP } from "node:net";
import type { Grammar } from "./grammar.ts";

/** Where a server listens; no host means every interface. */
export interface ListenAddress {
  readonly host: string | undefined;
  /** 0: the system chooses. */
  readonly port: number;
}

/** A listen address in Go's notation: `:8080`, `127.0.0.1:0`, `[::1]:8443`. */
export const listenAddress: Grammar<ListenAddress> = {
  expects: "HOST:PORT or :PORT, such as :8080 or 127.0.0.1:8443",
  placeholder: "address",
  parse: (value) => {
    const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]*)):(\d{1,5})$/.exec(value);
    if (!match) return undefined;
    const port = Number(match[3]);
    const host = match[1] ?? match[2] ?? "";
    return port <= 65_535 ? { host: host === "" ? undefined : host, port } : undefined;
  },
};

/** A host as a certificate names it. IPv6 addresses with a zone or an IPv4 address in them have no such form. */
export const certificateHost: Grammar<string> = {
  expects: "a DNS name in ASCII or an IP address",
  placeholder: "host",
  parse: (value) => {
    const pattern = isIP(value) === 6 ? /^[0-9A-Fa-f:]+$/ : /^[A-Za-z0-9*_.-]+$/;
    return pattern.test(value) ? value : undefined;
  },
};

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value) || /\s/.test(value)) return false;
  const url = new URL(value);
  return (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "";
}

/** An address of Vault, as written; nothing for none. It carries no credentials: pods can read it. */
export const vaultAddress: Grammar<string> = {
  expects: "http://HOST:PORT or https://HOST:PORT, without credentials",
  placeholder: "url",
  parse: (value) => {
    if (value === "") return value;
    if (!isHttpUrl(value)) return undefined;
    const url = new URL(value);
    return url.username === "" && url.password === "" ? value : undefined;
  },
};

/** A path that a server answers on; nothing turns it off. */
export const urlPath: Grammar<string> = {
  expects: "a path that starts with / and is not taken, such as /metrics",
  placeholder: "path",
  parse: (value) => {
    if (value === "") return value;
    const taken = ["/mutate", "/health/ready", "/health/live"];
    return /^\/[A-Za-z0-9._~/-]+$/.test(value) && !taken.includes(value) ? value : undefined;
  },
};
