// What the page does in the browser: everything works without it, only less well.
import { follow } from "./live.js";
import { keys } from "./keys.js";
import { palette } from "./palette.js";
import { forms } from "./forms.js";
import { ages } from "./ages.js";
import { slider } from "./slider.js";
import { theme } from "./theme.js";
import { presence } from "./presence.js";

follow();
keys();
palette();
forms();
ages();
slider();
theme();
presence();
