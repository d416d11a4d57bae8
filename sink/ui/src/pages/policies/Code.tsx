// A text of YAML, to be read or written. It lives in a shadow root of its own, which adopts the styles
// that the policy of the page lets into no document.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useEffectEvent, useRef } from 'react';

import { ruleWords, style, theme } from './codeStyle';
import { type CompletionWords, completeRules } from './completion';
import { type Checked, marks } from './validation';

interface CodeProps {
  /** What it is, for those who do not see it. */
  label: string;
  value: string;
  /** Without it the text is only read. */
  onChange?: ((value: string) => void) | undefined;
  words?: CompletionWords | undefined;
  /** What was found in a text; marked while it is the text that is shown. */
  checked?: Checked | undefined;
  /** A line and column (from 1) to go to; a new object goes there again. */
  goTo?: { line: number; column: number } | undefined;
}

const READING: Extension = [
  lineNumbers(),
  foldGutter(),
  drawSelection(),
  yaml(),
  syntaxHighlighting(style),
  ruleWords,
  search({ top: true }),
  highlightSelectionMatches(),
  EditorView.lineWrapping,
  theme,
];

const WRITING: Extension = [
  history(),
  highlightActiveLine(),
  indentOnInput(),
  indentUnit.of('  '),
  bracketMatching(),
  closeBrackets(),
  EditorView.domEventHandlers({ beforeinput: replaceSelected }),
  // Tab leaves the text, so that the keyboard is caught nowhere.
  keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
];

/**
 * Writes over what is selected. The browser would keep the look of what it takes away as inline styles,
 * which the policy of the page forbids.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  const { main } = view.state.selection;
  const text = event.data;
  if (event.inputType !== 'insertText' || event.isComposing || text === null || main.empty) {
    return false;
  }
  event.preventDefault();
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
  const isTaken = view.state.facet(EditorView.inputHandler).some((take) => take(view, main.from, main.to, text, insert));
  if (!isTaken) {
    view.dispatch(insert());
  }
  return true;
}

export function Code({ label, value, onChange, words, checked, goTo }: CodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const known = useRef(words);
  known.current = words;
  const changed = useEffectEvent((text: string) => onChange?.(text));
  const isWritten = onChange !== undefined;
  const start = useEffectEvent((parent: ShadowRoot) => {
    const complete = autocompletion({ override: [(context) => completeRules(context, known.current)], icons: true });
    const written: Extension = [
      WRITING,
      complete,
      EditorView.updateListener.of((update) => {
        if (update.docChanged) {
          changed(update.state.doc.toString());
        }
      }),
    ];
    const read = [EditorState.readOnly.of(true), keymap.of([...searchKeymap, ...foldKeymap])];
    const attributes = { 'aria-label': label, spellcheck: 'false', tabindex: '0', ...(isWritten ? {} : { 'aria-readonly': 'true' }) };
    return new EditorView({
      root: parent,
      parent,
      doc: value,
      extensions: [READING, isWritten ? written : read, EditorView.contentAttributes.of(attributes)],
    });
  });
  useEffect(() => {
    const place = host.current;
    if (!place) {
      return undefined;
    }
    // A shadow root stays with its element for good.
    const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
    const made = start(root);
    view.current = made;
    return () => made.destroy();
  }, [isWritten]);
  useEffect(() => {
    const shown = view.current;
    if (shown && shown.state.doc.toString() !== value) {
      shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: value } });
    }
  }, [value]);
  useEffect(() => {
    const shown = view.current;
    if (shown && checked && shown.state.doc.toString() === checked.text) {
      shown.dispatch(setDiagnostics(shown.state, marks(shown.state.doc, checked.diagnostics)));
    }
  }, [checked, value]);
  useEffect(() => {
    const shown = view.current;
    if (shown && goTo) {
      const line = shown.state.doc.line(Math.min(Math.max(1, goTo.line), shown.state.doc.lines));
      const at = Math.min(line.to, line.from + Math.max(0, goTo.column - 1));
      shown.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      shown.focus();
    }
  }, [goTo]);
  return <div className="policies-code" ref={host} data-read={isWritten ? undefined : ''} />;
}

