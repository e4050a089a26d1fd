/** What comes with the shell, because nearly every page uses it; the build puts what fewer pages share into files apart. */

import "../addresses.js";
import "../format.js";
import "../tokens.js";
import "./badge.js";
import "./code.js";
import "./copy.js";
import "./lifecycle.js";
import "./nodes.js";
import "./time.js";
