// SPDX-License-Identifier: AGPL-3.0-only
// Bundles the library into one ES module: `node frontend/build.mjs FOLDER` writes FOLDER/evidence.js.
// `node frontend/build.mjs FOLDER --tests` bundles the unit tests into FOLDER instead, for `node --test`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const [folder, option] = process.argv.slice(2);
if (folder === undefined || (option !== undefined && option !== "--tests")) {
  console.error("usage: node frontend/build.mjs FOLDER [--tests]");
  process.exit(2);
}

const common = { bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "warning" };
if (option === "--tests") {
  const tests = readdirSync(join(here, "tests")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...common,
    entryPoints: tests.map((name) => join(here, "tests", name)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    sourcemap: "inline",
  });
} else {
  await build({
    ...common,
    entryPoints: { evidence: join(here, "src/evidence/index.ts") },
    outdir: folder,
    platform: "browser",
    minify: true,
    sourcemap: true,
    legalComments: "linked",
  });
}
