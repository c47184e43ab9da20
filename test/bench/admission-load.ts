/**
 * The load of `bench:admission`: sends reviews over keep-alive connections, each connection its own share of
 * them in turn. Arguments: port, connections, seconds, file of reviews (one a line). Prints autocannon's report.
 */
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const [port = "", connections = "", seconds = "", reviewsFile = ""] = process.argv.slice(2);
const reviews = readFileSync(reviewsFile, "utf8").split("\n");
const headers = { "content-type": "application/json" };
let clients = 0;

const report = await autocannon({
  url: `https://127.0.0.1:${port}/mutate?timeout=10s`,
  method: "POST",
  connections: Number(connections),
  duration: Number(seconds),
  setupClient(client) {
    const first = clients++;
    const share = reviews.filter((_, index) => index % Number(connections) === first);
    client.setRequests(share.map((body) => ({ method: "POST", headers, body })));
  },
});
console.log(JSON.stringify(report));
