import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { annotationsDocument } from "../src/annotations/document.ts";
import { settingsDocument } from "../src/settings/help.ts";

/** Documents made from the code's own tables, by their place in the repository. */
const DOCUMENTS: ReadonlyMap<string, () => string> = new Map([
  ["docs/annotations.md", annotationsDocument],
  ["docs/settings.md", settingsDocument],
]);

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

let stale = 0;
for (const [name, render] of DOCUMENTS) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const wanted = render();
  if (values.check) {
    const current = await readFile(file, "utf8").catch(() => "");
    if (current !== wanted) {
      stale++;
      process.stderr.write(`${name} is not what its table says: run "npm run docs"\n`);
    }
  } else {
    await writeFile(file, wanted);
    process.stdout.write(`wrote ${name}\n`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;
