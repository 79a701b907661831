// A text in CodeMirror: YAML in colours, numbered lines, problems at their lines, completion and help. It lives in a shadow root,
// where CodeMirror may make its styles: in the page the Content-Security-Policy forbids that. It is loaded when it is needed.
import { autocompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { yaml } from "@codemirror/legacy-modes/mode/yaml.js";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completions } from "./completions.js";
import { el } from "./elements.js";

const MONOSPACE = "ui-monospace, 'DejaVu Sans Mono', monospace";

/** The colours of pages.css, which follow the user's choice of light or dark. */
const THEME = {
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", border: "1px solid var(--edge)", borderRadius: "0.4rem",
    fontSize: "0.9rem", maxHeight: "min(36rem, 60vh)" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: MONOSPACE, lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)", minHeight: "10rem" },
  ".cm-gutters": { color: "var(--quiet)", backgroundColor: "var(--surface)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--plain-ground) 50%, transparent)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".cm-tooltip": { color: "var(--text)", backgroundColor: "var(--surface)", border: "1px solid var(--edge)", maxWidth: "32rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-help": { padding: "0.3rem 0.5rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: MONOSPACE },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--on-accent)", backgroundColor: "var(--accent)" },
};

const COLOURS = HighlightStyle.define([
  { tag: tags.atom, color: "var(--accent-strong)" }, // keys
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.keyword, tags.number, tags.variableName], color: "var(--hue-3)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
]);

/** The lines above a place, and its own up to an end. */
function linesUntil(doc, to) {
  return doc.sliceString(0, to).split("\n");
}

/** The line of the caret, from 1. */
function lineOf({ doc, selection }) {
  return doc.lineAt(selection.main.head).number;
}

async function complete({ state, pos, explicit }) {
  const found = (await completions()).at(linesUntil(state.doc, pos));
  return found && (explicit || found.length > 0)
    ? { from: pos - found.length, options: found.options, validFor: /^[#\w.:-]*$/ }
    : null;
}

async function explain({ state }, pos) {
  const { from, to, text } = state.doc.lineAt(pos);
  const help = (await completions()).help(linesUntil(state.doc, to));
  return help === "" ? null
    : { pos: from + text.search(/[\w]/), end: to, create: () => ({ dom: el("div", { class: "cm-help" }, help) }) };
}

export class Code {
  #view;
  #isOwnChange = false;
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #theme = new Compartment();
  #paint = () => this.#view.dispatch({ effects: this.#theme.reconfigure(this.#themeNow()) });
  /** The open list of completions scrolls, so that it must take the focus, which CodeMirror does not let it. */
  #lists = new MutationObserver(() => this.element.shadowRoot.querySelectorAll(".cm-tooltip-autocomplete > ul:not([tabindex])")
    .forEach((list) => (list.tabIndex = 0)));
  element = el("div", { class: "code" });

  /**
   * @param changed is called when the user has changed the text
   * @param moved is called with the line of the caret, from 1, when it moves to another one
   * @param caret where it is, and whether the focus comes with it
   * @param isRoute whether it is offered, and told, what stands in a route
   */
  constructor(label, text, changed, moved, caret, isRoute) {
    const root = this.element.attachShadow({ mode: "open" });
    this.#view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        selection: { anchor: Math.min(caret.at, text.length) },
        extensions: [
          this.#theme.of(this.#themeNow()), syntaxHighlighting(COLOURS), StreamLanguage.define(yaml), indentUnit.of("  "),
          lineNumbers(), lintGutter(), highlightActiveLine(), history(),
          isRoute ? [autocompletion({ override: [complete], icons: false }), hoverTooltip(explain)] : [],
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          // Chrome reports a typed character as soon as an input listener has run. Without one it may scroll first; CodeMirror reads
          // the text when it scrolls, and would leave the caret before that character.
          EditorView.domEventObservers({ input() {} }),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
          EditorView.updateListener.of(({ docChanged, selectionSet, startState, state }) => {
            if (docChanged && !this.#isOwnChange) {
              changed();
            }
            if (selectionSet && lineOf(state) !== lineOf(startState)) {
              moved(lineOf(state));
            }
          }),
        ],
      }),
    });
    this.#lists.observe(root, { childList: true, subtree: true });
    this.#dark.addEventListener("change", this.#paint);
    if (isRoute) {
      completions().catch(() => {}); // so that they are there when somebody types; without them it is asked again then
    }
    if (caret.isHere) {
      queueMicrotask(() => this.focus()); // when it is on the page
    }
  }

  #themeNow() {
    return EditorView.theme(THEME, { dark: this.#dark.matches });
  }

  get text() {
    return this.#view.state.doc.toString();
  }

  set text(text) {
    this.#isOwnChange = true;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
    this.#isOwnChange = false;
  }

  /** As if the user had written it: one step takes it back. The caret stays on its line. */
  replace(text) {
    const { state } = this.#view;
    const line = lineOf(state);
    const start = text.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    this.#view.dispatch({
      changes: { from: 0, to: state.doc.length, insert: text },
      selection: { anchor: Math.min(start, text.length) },
      annotations: isolateHistory.of("full"),
      scrollIntoView: true,
    });
  }

  focus() {
    this.#view.focus();
  }

  /** Marks the lines of these problems, and no others. */
  mark(problems) {
    this.#view.dispatch(setDiagnostics(this.#view.state, problems.map(({ line, column, reason }) => {
      const { from, to } = this.#place(line, column);
      return { from, to, severity: "error", message: reason };
    })));
  }

  /** @param line from 1, as the column, which may be unknown */
  go(line, column) {
    this.#view.dispatch({ selection: { anchor: this.#place(line, column).from }, scrollIntoView: true });
    this.focus();
  }

  stop() {
    this.#lists.disconnect();
    this.#dark.removeEventListener("change", this.#paint);
    this.#view.destroy();
  }

  /** From a column, or else the first character that is no blank, to the end of the line. */
  #place(line, column) {
    const { doc } = this.#view.state;
    const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    return { from: Math.min(to, from + (column ? column - 1 : Math.max(0, text.search(/\S/)))), to };
  }
}
