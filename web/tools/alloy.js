// Puts the published Web SDK bundle beside the demo, byte for byte, under a name that carries its version.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function alloy(root) {
  const folder = join(root, "node_modules/@adobe/alloy");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const fileName = `assets/alloy-${version}.min.js`;
  const bundle = () => readFileSync(join(folder, "dist/alloy.min.js"));
  return {
    name: "playhead-alloy",
    config: () => ({ define: { ALLOY_SRC: JSON.stringify(`/${fileName}`), ALLOY_VERSION: JSON.stringify(version) } }),
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source: bundle() });
    },
    configureServer(server) {
      server.middlewares.use(`/${fileName}`, (_request, response) => {
        response.setHeader("content-type", "text/javascript");
        response.end(bundle());
      });
    },
  };
}
