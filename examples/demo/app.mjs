// A small, ordinary application. It knows one thing: the file with its connection URL. It opens a new
// connection for each query, ten times a second, and reads the file each time. When PostgreSQL refuses a
// login it does what a good client does: reads the file again and tries once more until the query's
// deadline. Every query ends as one JSON line on stdout.
import { readFile } from "node:fs/promises";
import pg from "pg";

const INTERVAL_MILLISECONDS = 100;
const DEADLINE_MILLISECONDS = 5000;
const PAUSE_MILLISECONDS = 50;

const urlFile = process.argv[2];
if (!urlFile) {
  console.error("usage: app.mjs FILE   (a file that holds a postgresql:// URL)");
  process.exit(2);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function login() {
  const client = new pg.Client({ connectionString: (await readFile(urlFile, "utf8")).trim() });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_user AS user, now() AS now");
    return rows[0].user;
  } finally {
    await client.end().catch(() => {});
  }
}

async function query(started) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { event: "query", ok: true, attempts: attempt, user: await login() };
    } catch (error) {
      if (Date.now() - started > DEADLINE_MILLISECONDS) {
        return { event: "query", ok: false, attempts: attempt, error: error.message };
      }
      await pause(PAUSE_MILLISECONDS);
    }
  }
}

let running = true;
process.once("SIGTERM", () => {
  running = false;
});
const pending = new Set();
while (running) {
  const started = Date.now();
  const one = query(started).then((outcome) => {
    console.log(JSON.stringify({ ...outcome, started, ended: Date.now() }));
    pending.delete(one);
  });
  pending.add(one);
  await pause(INTERVAL_MILLISECONDS);
}
await Promise.all(pending);
