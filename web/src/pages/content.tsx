/** Content: all titles, or, with `content` in the address, one. */
import { TitleList } from "../content/list.tsx";
import { TitlePage } from "../content/title.tsx";
import { query } from "../router.ts";
import "../styles/content.css";

export default function Content() {
  const content = query.value.get("content");
  return content ? <TitlePage key={content} content={content} /> : <TitleList />;
}
