// Writes the licences of everything that ends up in the result: what the bundler took in, and the Web SDK with what it
// carries inside. Fails when one of them has no licence text to show.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

// Packages whose files are copied rather than bundled.
const COPIED = ["@adobe/alloy", "@fontsource-variable/inter"];
// Packages that only name their licence: the text to show instead is that of another package here.
const TEXT_OF = { "@adobe/reactor-query-string": "@adobe/alloy-core" };

export function notices(root) {
  const modules = join(root, "node_modules");
  const about = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));

  function licence(name) {
    const folder = join(modules, name);
    const named = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    // A folder of them holds the licences of code that the package took from others.
    const texts = named.flatMap((file) => {
      const path = join(folder, file);
      return statSync(path).isDirectory() ? readdirSync(path).map((inner) => join(path, inner)) : [path];
    });
    if (texts.length > 0) return texts.map((path) => readFileSync(path, "utf8").trim()).join("\n\n");
    const other = TEXT_OF[name];
    if (other) return licence(other);
    throw new Error(`${name} is shipped, but has no licence text`);
  }

  function withDependencies(name, found) {
    if (found.has(name) || !existsSync(join(modules, name, "package.json"))) return;
    const it = about(name);
    if (it.name === "empty-npm-package") return; // stands for build tools we do not use (decision 0080)
    found.add(name);
    for (const needed of Object.keys(it.dependencies ?? {})) withDependencies(needed, found);
  }

  return {
    name: "playhead-notices",
    apply: "build",
    generateBundle(_options, bundle) {
      const found = new Set();
      for (const name of COPIED) withDependencies(name, found);
      for (const part of Object.values(bundle)) {
        for (const id of part.type === "chunk" ? part.moduleIds : []) {
          const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id);
          if (match) found.add(match[1]);
        }
      }
      const parts = [...found].sort().map((name) => {
        const { version, license } = about(name);
        return `${"=".repeat(80)}\n${name} ${version} (${license ?? "Apache-2.0"})\n${"=".repeat(80)}\n\n${licence(name)}\n`;
      });
      const head = "Playhead's console and demo page contain the following software of others, under these licences.\n";
      this.emitFile({ type: "asset", fileName: "THIRD_PARTY_NOTICES.txt", source: [head, ...parts].join("\n") });
    },
  };
}
