import { basename, dirname, join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { AGENT_BUNDLE, WRAPPER } from "../../src/agent/launcher/bundles.ts";

/** What the agent must never pull in: it lives in every pod and is paid for in memory and start. */
const NOT_IN_AGENT = ["fastify", "@kubernetes/client-node", "node-forge", "prom-client", "pino"];

/** Used by few templates: each is a bundle of its own, loaded when a template needs it. */
const LAZY_PACKAGES = ["re2js", "yaml"];

const TEMPLATES_BUNDLE = "templates.cjs";

/** Modules of the templates that few use, each a bundle of its own too. They import nothing of the rest. */
const LAZY_MODULES = ["cryptography", "network"];

/** Leaves templates and what is lazy out of the bundle that imports them. */
const otherBundles: Plugin = {
  name: "other-bundles",
  setup({ onResolve }) {
    onResolve({ filter: /\/templates\/index\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${TEMPLATES_BUNDLE}`, external: true } : undefined,
    );
    onResolve({ filter: new RegExp(`/(${LAZY_MODULES.join("|")})/index\\.ts$`) }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: `./${basename(dirname(path))}.cjs`, external: true } : undefined,
    );
    onResolve({ filter: new RegExp(`^(${LAZY_PACKAGES.join("|")})$`) }, ({ kind, path }) =>
      kind === "entry-point" ? undefined : { path: `./${path}.cjs`, external: true },
    );
  },
};

function packagesIn(metafile: Metafile): Set<string> {
  const packages = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (match?.[1]) packages.add(match[1]);
  }
  return packages;
}

/**
 * Makes the agent: `keycard-agent.cjs`, which loads the bundles in `agent/`. CommonJS, because Node's loader of
 * ES modules costs a program this small a sixth of its start, and modules of it cannot have a code cache.
 * @param options of all bundles of the build.
 * @returns the launcher's path.
 * @throws Error when the agent pulls in a package that it must not.
 */
export async function bundleAgent(directory: string, options: BuildOptions): Promise<string> {
  const bundle = async (
    entryPoint: string,
    file: string,
    more: Pick<BuildOptions, "banner" | "footer"> = {},
  ): Promise<string> => {
    const outfile = join(directory, file);
    const { metafile } = await build({
      ...options,
      entryPoints: [entryPoint],
      outfile,
      bundle: true,
      metafile: true,
      minify: true,
      platform: "node",
      format: "cjs",
      charset: "ascii",
      // `import()` becomes `require()`, which is the launcher's.
      supported: { "dynamic-import": false },
      plugins: [otherBundles],
      ...more,
    });
    const packages = packagesIn(metafile);
    const forbidden = NOT_IN_AGENT.filter((name) => packages.has(name));
    if (forbidden.length > 0) throw new Error(`${file} pulls in ${forbidden.join(", ")}; it must not.`);
    return outfile;
  };
  const wrapped = { banner: { js: WRAPPER.before }, footer: { js: WRAPPER.after } };
  const loaded = (entryPoint: string, name: string) => bundle(entryPoint, `agent/${name}`, wrapped);
  await loaded("src/agent/main.ts", AGENT_BUNDLE);
  await loaded("src/templates/index.ts", TEMPLATES_BUNDLE);
  for (const name of LAZY_MODULES) await loaded(`src/templates/${name}/index.ts`, `${name}.cjs`);
  for (const name of LAZY_PACKAGES) await loaded(name, `${name}.cjs`);
  return await bundle("src/agent/launcher/main.ts", "keycard-agent.cjs");
}
