// One build, two pages: the console and the demo. Everything they need is in the result; nothing is loaded from elsewhere.
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { notices } from "./tools/notices.js";
import { alloy } from "./tools/alloy.js";

const root = import.meta.dirname;
// `npm run dev` shows the pages with the API of a running `playhead serve`.
const server = process.env.PLAYHEAD_CONSOLE ?? "http://127.0.0.1:8081";

export default defineConfig({
  root,
  base: "/",
  plugins: [alloy(root), notices(root)],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    modulePreload: { polyfill: false }, // nor inline scripts
    reportCompressedSize: false,
    rolldownOptions: {
      input: { console: resolve(root, "index.html"), demo: resolve(root, "demo.html") },
    },
  },
  server: { proxy: { "/api": server, "/demo/config.json": server } },
});
