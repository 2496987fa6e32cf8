// Everything works without this script but the larger-text mode, which a reader
// switches on once and keeps on every page. It is loaded in the head so that a
// page never shows in the small size first. Drafts of forms end on any page.
import { dropOld } from "./form/drafts.js";
import { rememberLargerText } from "./larger.js";

rememberLargerText(document, window);
dropOld();
