type Environment = Readonly<Record<string, string | undefined>>;

const net = process.getBuiltinModule("node:net");

function variable(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || "";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (net.isIPv4(host) && host.startsWith("127."));
}

function inNetwork(host: string, network: string, prefix: string): boolean {
  const family = net.isIP(host);
  const bits = Number(prefix);
  if (family === 0 || net.isIP(network) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  if (bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new net.BlockList();
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}

/** Whether one entry of `NO_PROXY` covers a host; an entry with a port covers that port alone. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [network, prefix] = entry.split("/");
  if (prefix !== undefined) return inNetwork(host, network ?? "", prefix);
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  if (withPort && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, "");
  if (net.isIP(name)) return name === host;
  if (name.startsWith("*.") || name.startsWith(".")) return host.endsWith(name.replace(/^\*/, ""));
  return name !== "" && (host === name || host.endsWith(`.${name}`));
}

/**
 * The proxy for a URL as Go programs, and Vault's clients among them, find it: `HTTPS_PROXY` or `HTTP_PROXY`
 * by the URL's scheme, either case, unless `NO_PROXY` covers the host. Loopback is never proxied.
 * @returns `""`: direct.
 */
export function proxyFromEnvironment(env: Environment, url: string): string {
  const { protocol, hostname, port } = new URL(url);
  const secured = protocol === "https:";
  const proxy = variable(env, secured ? "HTTPS_PROXY" : "HTTP_PROXY");
  const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  if (proxy === "" || isLoopback(host)) return "";
  const actualPort = port || (secured ? "443" : "80");
  const entries = variable(env, "NO_PROXY")
    .split(",")
    .map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => covers(entry, host, actualPort)) ? "" : proxy;
}
