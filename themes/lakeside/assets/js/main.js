// Everything works without this script but one thing: the larger-text mode,
// which a reader switches on once and keeps on every page. It is loaded in the
// head so that a page never shows in the small size first.
import { rememberLargerText } from "./larger.js";

rememberLargerText(document, window);
