/** The one way imports go; docs/architecture.md draws it. */
const only = (from, allowed) => ({
  name: `${from}-imports-down-only`,
  severity: "error",
  from: { path: `^src/${from}/` },
  to: {
    path: "^src/",
    pathNot: [`^src/${from}/`, "^src/(errors|json|version)\\.ts$", ...allowed.map((name) => `^src/${name}`)],
  },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    only("templates", []),
    only("leases", []),
    only("annotations", []),
    only("vault", []),
    only("postgres", []),
    only("engines", [
      "annotations/",
      "injection/pod\\.ts",
      "vault/connection\\.ts",
      "templates/",
      "postgres/",
    ]),
    only("injection", ["annotations/", "engines/"]),
    only("certs", ["cluster/"]),
    only("cluster", []),
    only("agent", [
      "engines/native/agent-config\\.ts",
      "leases/",
      "templates/",
      "vault/",
      "postgres/",
      "settings/",
    ]),
    only("webhook", ["injection/", "annotations/", "certs/", "cluster/", "settings/"]),
    only("settings", ["annotations/", "vault/", "engines/native/agent-config\\.ts"]),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
  },
};
