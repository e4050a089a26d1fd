// References that lead out of the document.

import { each, quoted } from "./each.js";
import { references } from "./references.js";

export default each(
  ({ document }) => references(document),
  ({ value }) =>
    value.startsWith("#") ? [] : `the reference ${quoted(value)} leads out of the document and is not followed`,
);
